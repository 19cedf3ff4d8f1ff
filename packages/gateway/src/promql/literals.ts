const unitMs: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};
const duration = /^(?:\d+(?:ms|[ywdhms]))+$/;

/** Milliseconds of a duration such as `1h30m`; `undefined` where the text is none. */
export function durationMs(text: string): number | undefined {
  if (!duration.test(text)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) totalMs += Number(count) * (unitMs[unit ?? ""] ?? Number.NaN);
  return totalMs;
}

/** The number that a literal says, which may be spelled as a duration (seconds); `undefined` where it is none. */
export function numberOf(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const plain = text.replace(/^[+-]\s*/, "").toLowerCase();
  if (plain === "inf") return sign * Number.POSITIVE_INFINITY;
  if (plain === "nan") return Number.NaN;
  const ms = durationMs(plain);
  if (ms !== undefined) return (sign * ms) / 1000;
  const value = Number(plain.replaceAll("_", ""));
  return plain === "" || Number.isNaN(value) ? undefined : sign * value;
}

const escapes: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** What a quoted string says, by Go's rules of escapes; `undefined` where the closing quote or an escape is wrong. */
export function unquote(text: string): string | undefined {
  const quote = text[0] ?? "";
  if (text.length < 2 || text.at(-1) !== quote) return undefined;
  const inner = text.slice(1, -1);
  if (quote === "`") return inner;
  if (/(?<!\\)(?:\\\\)*\\$/.test(inner)) return undefined;
  let isWrong = false;
  const read = inner.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs, (_, code: string) => {
    const escaped = escapes[code] ?? (code === "\\" || code === quote ? code : undefined);
    if (escaped !== undefined) return escaped;
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code.slice(1), 16)));
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    isWrong = true;
    return "";
  });
  return isWrong || inner.includes("\n") ? undefined : read;
}
