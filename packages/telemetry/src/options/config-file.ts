import { readFileSync } from "node:fs";
import { nearest } from "./nearest.ts";
import { OptionError } from "./option-error.ts";
import { flagName, type Option } from "./table.ts";

const isText = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

function parse(path: string, read: (path: string) => string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(read(path));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new OptionError("config_file", `${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new OptionError("config_file", `${path}: a JSON object is expected, such as {"log-level": "debug"}`);
}

/** Reads a JSON file whose keys are flag names; gives the texts per flag. Throws `OptionError` on a key it does not know. */
export function readConfigFile(
  path: string,
  options: Iterable<Option>,
  read: (path: string) => string = (file) => readFileSync(file, "utf8"),
): ReadonlyMap<string, readonly string[]> {
  const known = new Map([...options].map((option) => [flagName(option), option]));
  const texts = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(parse(path, read))) {
    const option = known.get(key);
    if (option === undefined) {
      const meant = nearest(key, [...known.keys()]);
      throw new OptionError("unknown_option", `${path}: unknown key "${key}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`);
    }
    if (option.type === "strings" && Array.isArray(value) && value.every(isText)) texts.set(option.flag, value.map(String));
    else if (isText(value)) texts.set(option.flag, [String(value)]);
    else throw new OptionError("invalid_value", `${path}: "${key}" has a value of the wrong type`);
  }
  return texts;
}
