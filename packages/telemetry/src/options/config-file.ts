import { readFileSync } from "node:fs";
import { parse as parseToml, TomlError } from "smol-toml";
import { locate } from "./locate.ts";
import { nearest } from "./nearest.ts";
import { OptionError, type OptionProblems } from "./option-error.ts";
import { fileKey, flagName, type Option, type Sections } from "./table.ts";

/** What a config file says of one option. */
export interface FileValue {
  readonly texts: readonly string[];
  /** File, line, column and key. */
  readonly where: string;
}
export interface ConfigFile {
  readonly path: string;
  readonly options: Iterable<Option>;
  readonly sections: Sections;
  readonly problems: OptionProblems;
  /** Default from disk. */
  readonly read?: ((path: string) => string) | undefined;
}
type Table = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
/** A folder of configuration may hold both; the name says what a file is. */
const isToml = (path: string): boolean => path.toLowerCase().endsWith(".toml");

function textOf({ path, read = (file) => readFileSync(file, "utf8") }: ConfigFile): string {
  try {
    return read(path);
  } catch (error) {
    throw new OptionError("config_file", `${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function parse(path: string, text: string): Table {
  try {
    const value: unknown = isToml(path) ? parseToml(text) : JSON.parse(text);
    if (isTable(value)) return value;
  } catch (error) {
    if (error instanceof TomlError) {
      // Below its first line the message draws the place, which stands in front already.
      const [what = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
      throw new OptionError("config_file", `${path}:${error.line}:${error.column}: ${what}`, { cause: error });
    }
    throw new OptionError("config_file", `${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new OptionError("config_file", `${path}: a JSON object is expected, such as {"log-level": "debug"}`);
}

/** The keys of a file, those of its sections behind the section's name. */
function flatten(table: Table, sections: Sections): (readonly [key: readonly string[], value: unknown])[] {
  return Object.entries(table).flatMap(([key, value]): (readonly [readonly string[], unknown])[] => {
    if (!Object.hasOwn(sections, key) || !isTable(value)) return [[[key], value]];
    return Object.entries(value).map(([name, inner]) => [[key, name], inner] as const);
  });
}

/** The key that was meant: near in its section, the same in another one, or near anywhere. */
function meant(key: readonly string[], value: unknown, known: readonly string[], sections: Sections): string | undefined {
  const [last = "", whole] = [key.at(-1), key.join(".")];
  if (isTable(value)) return nearest(last, Object.keys(sections));
  const [section] = key.length > 1 ? key : [];
  const inside = section === undefined ? [] : known.filter((one) => one.startsWith(`${section}.`));
  return nearest(whole, inside) ?? known.find((one) => one.endsWith(`.${last}`) || one === last) ?? nearest(whole, known);
}

/**
 * Reads a TOML (`.toml`) or JSON file: sections with the keys of their options, or flag names without dashes; gives what is said per flag.
 * What is wrong goes to `problems`, all of it.
 */
export function readConfigFile(file: ConfigFile): ReadonlyMap<string, FileValue> {
  const { path, options, sections, problems } = file;
  const found = new Map<string, FileValue>();
  const text = problems.try(() => textOf(file));
  const table = text === undefined ? undefined : problems.try(() => parse(path, text));
  if (text === undefined || table === undefined) return found;
  const byKey = new Map<string, Option>();
  for (const option of options) {
    if (option.commandLineOnly !== true) byKey.set(flagName(option), option).set(fileKey(option, sections).join("."), option);
  }
  for (const [key, value] of flatten(table, sections)) {
    const name = key.join(".");
    const where = `${path}${locate(text, key, isToml(path))}`;
    const option = byKey.get(name);
    const before = option && found.get(option.flag);
    if (option === undefined)
      problems.add(unknown(where, { name, isSection: isTable(value), hint: meant(key, value, [...byKey.keys()], sections) }));
    else if (before) problems.add(new OptionError("invalid_value", `${where}: "${name}" says once more what ${before.where} says`));
    else {
      const texts = textsOf(option, value);
      if (texts) found.set(option.flag, { texts, where: `${where} (${name})` });
      else problems.add(new OptionError("invalid_value", `${where}: "${name}" has a value of the wrong type`));
    }
  }
  return found;
}

function unknown(where: string, { name, isSection, hint }: { name: string; isSection: boolean; hint: string | undefined }): OptionError {
  const kind = isSection ? "section" : "key";
  return new OptionError("unknown_option", `${where}: unknown ${kind} "${name}"${hint === undefined ? "" : `; did you mean "${hint}"?`}`);
}
/** What a value says, as text; `undefined` where it is of a wrong type. */
function textsOf(option: Option, value: unknown): readonly string[] | undefined {
  if (isText(value)) return [String(value)];
  return option.type === "strings" && Array.isArray(value) && value.every(isText) ? value.map(String) : undefined;
}
