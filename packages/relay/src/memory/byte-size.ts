import { OptionError } from "@moqscope/telemetry/options";
import { machineMemoryBytes } from "./machine-memory.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
};

/**
 * Reads `512MB`, `8GiB`, `64k`, a bare number of bytes, or `25%` of the memory that this process may have.
 * @throws OptionError `invalid_value` naming the flag.
 */
export function parseByteSize(flag: string, text: string, memoryBytes: number = machineMemoryBytes()): number {
  const [, digits = "", suffix = ""] = /^(\d+(?:\.\d+)?)\s*(%|[a-z]*)$/i.exec(text.trim()) ?? [];
  const unit = suffix === "%" ? memoryBytes / 100 : units[suffix.toUpperCase().replace(/(?<=.)B$/, "")];
  if (digits === "" || unit === undefined)
    throw new OptionError("invalid_value", `${flag}: "${text}" is no size: such as 512MB, 8GiB or 25%`);
  return Math.floor(Number(digits) * unit);
}
