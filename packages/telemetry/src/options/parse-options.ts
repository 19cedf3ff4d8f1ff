import { type Arguments, readArguments } from "./arguments.ts";
import { readConfigFile } from "./config-file.ts";
import { type HelpText, helpText } from "./help.ts";
import { OptionError } from "./option-error.ts";
import { type OptionValue, readValue } from "./read-value.ts";
import { envNames, type Option, type OptionTable, type OptionValues } from "./table.ts";

export interface ParseOptions<T extends OptionTable> extends HelpText {
  readonly table: T;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many arguments without a flag are taken; default none. */
  readonly positionals?: { readonly min: number; readonly max: number };
  /** Reads the file of `--config`; default from disk. */
  readonly readFile?: (path: string) => string;
}
export type ParsedOptions<T extends OptionTable> =
  | { readonly kind: "run"; readonly values: OptionValues<T>; readonly positionals: readonly string[] }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

/** Options that every process of ours has. */
const common = {
  config: { flag: "--config", type: "string", description: "JSON file with any of these options, keys without dashes" },
  help: { flag: "--help", type: "boolean", description: "Show this text" },
  version: { flag: "--version", type: "boolean", description: "Show the version" },
} as const satisfies OptionTable;

const shortFlags: Readonly<Record<string, string>> = { "-h": "--help", "-V": "--version" };

function checkPositionals({ positionals }: Arguments, { min, max }: { readonly min: number; readonly max: number }, usage: string): void {
  const extra = positionals[max];
  if (extra !== undefined) throw new OptionError("unexpected_argument", `unexpected argument "${extra}"; usage: ${usage}`);
  if (positionals.length < min) throw new OptionError("missing_option", `an argument is missing; usage: ${usage}`);
}

const csv = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** Texts with the place they came from, in the order flag, environment, file. */
function given(
  option: Option,
  args: Arguments,
  env: ParseOptions<OptionTable>["env"],
): [texts: readonly string[], where: string] | undefined {
  const flagged = args.given.get(option.flag);
  if (flagged !== undefined) return [flagged, option.flag];
  for (const name of envNames(option)) {
    const text = env[name];
    if (text !== undefined && text !== "") return [option.type === "strings" ? csv(text) : [text], name];
  }
  return undefined;
}

function defaultOf(option: Option): OptionValue | undefined {
  if (option.type === "boolean") return option.default ?? false;
  if (option.type === "strings") return option.default ?? [];
  if (option.default === undefined) return undefined;
  if (option.type === "listen" || option.type === "duration") return readValue(option, [option.default], `default of ${option.flag}`);
  return option.default;
}

function missing(option: Option): OptionError {
  const names = [option.flag, ...envNames(option)].join(" or ");
  return new OptionError("missing_option", `${names} is required: ${option.description}`);
}

/** Reads a process's options: flag, then environment, then the JSON file of `--config`, then default. Throws `OptionError`. */
export function parseOptions<const T extends OptionTable>(options: ParseOptions<T>): ParsedOptions<T> {
  const { table, env, argv } = options;
  const all = [...Object.values(table), ...Object.values(common)];
  const byFlag = new Map(all.map((option): [string, Option] => [option.flag, option]));
  // Asked for help, a person gets it whatever else the line says.
  const flags = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length).map((argument) => shortFlags[argument] ?? argument);
  if (flags.includes("--help")) return { kind: "help", text: helpText(options, all) };
  if (flags.includes("--version")) return { kind: "version" };
  const args = readArguments(argv, byFlag);
  const usage = options.usage ?? `${options.name} [options]`;
  const path = args.given.get("--config")?.at(-1);
  const file = path === undefined ? undefined : readConfigFile(path, Object.values(table), options.readFile);
  const values: Record<string, OptionValue | undefined> = {};
  for (const [key, option] of Object.entries(table)) {
    const fromFile = file?.get(option.flag);
    const found =
      given(option, args, env) ?? (fromFile === undefined ? undefined : ([fromFile, `${path} (${option.flag.slice(2)})`] as const));
    const value = found === undefined ? defaultOf(option) : readValue(option, found[0], found[1]);
    if (value === undefined && option.required === true) throw missing(option);
    values[key] = value;
  }
  checkPositionals(args, options.positionals ?? { min: 0, max: 0 }, usage);
  // The loop above wrote each key of the table with a value of its type.
  return { kind: "run", values: values as OptionValues<T>, positionals: args.positionals };
}
