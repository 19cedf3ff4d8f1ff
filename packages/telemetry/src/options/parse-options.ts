import { type Arguments, readArguments } from "./arguments.ts";
import { type FileValue, readConfigFile } from "./config-file.ts";
import { type HelpText, helpText } from "./help.ts";
import { nearest } from "./nearest.ts";
import { OptionError, OptionProblems } from "./option-error.ts";
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
  /** What all variables of this program begin with, such as `MOQSCOPE_RELAY_`: one that begins so and is none is an error. */
  readonly envPrefix?: string;
  /** Variables that begin so and are another program's. */
  readonly foreignVariables?: readonly string[];
}
/** Where the value of an option came from; `where` names the flag, the variable, or file, line, column and key. */
export interface OptionSource {
  readonly from: "flag" | "environment" | "file" | "default";
  readonly where: string;
}
export type OptionSources<T extends OptionTable> = { readonly [K in keyof T]: OptionSource };
export type ParsedOptions<T extends OptionTable> =
  | {
      readonly kind: "run";
      readonly values: OptionValues<T>;
      readonly sources: OptionSources<T>;
      readonly positionals: readonly string[];
      /** The file that was read. */
      readonly configFile?: string;
    }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

/** Options that every process of ours has. */
const common = {
  config: { flag: "--config", type: "string", description: "TOML (.toml) or JSON file with any of these options, keys without dashes" },
  help: { flag: "--help", type: "boolean", description: "Show this text" },
  version: { flag: "--version", type: "boolean", description: "Show the version" },
} as const satisfies OptionTable;

/** Where values may come from. */
interface Said {
  readonly args: Arguments;
  readonly env: ParseOptions<OptionTable>["env"];
  readonly file: ReadonlyMap<string, FileValue>;
}
interface Given extends OptionSource {
  readonly texts: readonly string[];
}
interface ReadOptions {
  readonly values: Readonly<Record<string, OptionValue | undefined>>;
  readonly sources: Readonly<Record<string, OptionSource>>;
}

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
function given(option: Option, { args, env, file }: Said): Given | undefined {
  const flagged = args.given.get(option.flag);
  if (flagged !== undefined) return { texts: flagged, from: "flag", where: option.flag };
  if (option.commandLineOnly === true) return undefined;
  for (const name of envNames(option)) {
    const text = env[name];
    if (text !== undefined && text !== "")
      return { texts: option.type === "strings" ? csv(text) : [text], from: "environment", where: name };
  }
  const filed = file.get(option.flag);
  return filed && { ...filed, from: "file" };
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

/** A supervisor that names services by variables (`X_SERVICE_HOST`, `X_PORT_4443_TCP_ADDR`) means nobody's options. */
const serviceVariable = /_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP)(?:_\w+)?)?)$/;

/** Variables that look like ours and are none. */
function checkVariables(prefix: string, known: readonly string[], env: Said["env"], problems: OptionProblems): void {
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || known.includes(name) || text === undefined || text === "" || serviceVariable.test(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    problems.add(new OptionError("unknown_option", `unknown environment variable ${name}${hint}`));
  }
}

function readAll({ table }: ParseOptions<OptionTable>, said: Said, problems: OptionProblems): ReadOptions {
  const values: Record<string, OptionValue | undefined> = {};
  const sources: Record<string, OptionSource> = {};
  for (const [key, option] of Object.entries(table)) {
    const found = given(option, said);
    const value = problems.try(() => (found === undefined ? defaultOf(option) : readValue(option, found.texts, found.where)));
    if (value === undefined && found === undefined && option.required === true) problems.add(missing(option));
    values[key] = value;
    sources[key] = found === undefined ? { from: "default", where: "default" } : { from: found.from, where: found.where };
  }
  return { values, sources };
}

/**
 * Reads a process's options: flag, then environment, then the TOML or JSON file of `--config`, then default.
 * @throws OptionError that lists everything that is wrong
 */
export function parseOptions<const T extends OptionTable>(options: ParseOptions<T>): ParsedOptions<T> {
  const { table, env, argv, envPrefix, sections = {} } = options;
  const config: Option = envPrefix === undefined ? common.config : { ...common.config, env: `${envPrefix}CONFIG` };
  const all = [...Object.values(table), config, common.help, common.version];
  const byFlag = new Map(all.map((option): [string, Option] => [option.flag, option]));
  // Asked for help, a person gets it whatever else the line says.
  const flags = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length).map((argument) => shortFlags[argument] ?? argument);
  if (flags.includes("--help")) return { kind: "help", text: helpText(options, all) };
  if (flags.includes("--version")) return { kind: "version" };
  const problems = new OptionProblems();
  const args = readArguments(argv, byFlag, problems);
  // An argument behind a flag that nobody knows is its value.
  const areFlagsKnown = problems.count === 0;
  if (envPrefix !== undefined) checkVariables(envPrefix, [...all.flatMap(envNames), ...(options.foreignVariables ?? [])], env, problems);
  const path = given(config, { args, env, file: new Map() })?.texts.at(-1);
  const fileOptions = { options: Object.values(table), sections, problems, read: options.readFile };
  const file = path === undefined ? new Map<string, FileValue>() : readConfigFile({ path, ...fileOptions });
  const { values, sources } = readAll(options, { args, env, file }, problems);
  const usage = options.usage ?? `${options.name} [options]`;
  if (areFlagsKnown) problems.try(() => checkPositionals(args, options.positionals ?? { min: 0, max: 0 }, usage));
  problems.check();
  // Each key of the table was written with a value of its type.
  return {
    kind: "run",
    values: values as OptionValues<T>,
    sources: sources as OptionSources<T>,
    positionals: args.positionals,
    ...(path === undefined ? {} : { configFile: path }),
  };
}
