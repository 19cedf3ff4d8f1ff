import { OptionError } from "./option-error.ts";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `500ms`, `10s`, `2m`, `1h` or a bare number of seconds as milliseconds. Throws `OptionError`. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) throw new OptionError("invalid_value", `"${text}" is no duration: such as 500ms, 10s, 2m or 1h`);
  return Number(match[1]) * (unitsMs[match[2] ?? "s"] ?? 1000);
}

/** The shortest form that `parseDuration` reads back. */
export function formatDuration(ms: number): string {
  for (const unit of ["h", "m", "s"]) {
    const size = unitsMs[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
