import { redact } from "../redact.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { formatListen, type ListenAddress } from "./listen.ts";
import type { OptionSources } from "./parse-options.ts";
import { envNames, fileKey, flagName, type Option, type OptionTable, type OptionValues, type Sections, sectionOf } from "./table.ts";

const width = 100;
const placeholders: Readonly<Record<Option["type"], string>> = {
  string: " <text>",
  number: " <number>",
  boolean: "",
  strings: " <text>…",
  listen: " <address>",
  duration: " <duration>",
};

function wrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function defaultText(option: Option): string | undefined {
  if (option.default === undefined || option.default === false || option.secret === true) return undefined;
  if (option.type === "strings") return option.default?.join(", ") || undefined;
  if (option.type === "duration") return formatDuration(parseDuration(option.default ?? "0"));
  return String(option.default);
}

function notes(option: Option): string {
  const parts: string[] = [];
  if (option.type === "string" && option.choices !== undefined) parts.push(`One of ${option.choices.join(", ")}.`);
  if (option.required === true) parts.push("Required.");
  const preset = defaultText(option);
  if (preset !== undefined) parts.push(`Default ${preset}.`);
  const variables = envNames(option);
  if (variables.length > 0) parts.push(`[${variables.join(", ")}]`);
  return parts.join(" ");
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

export interface HelpText {
  readonly name: string;
  readonly summary: string;
  readonly usage?: string;
  /** Groups of the help and of a config file, with their titles. */
  readonly sections?: Sections;
  /** Variables that the program heeds beside those of its options: names and meaning. */
  readonly environment?: readonly (readonly [names: string, meaning: string])[];
}

type Row = readonly [left: string, right: string];
const columnOf = (rows: readonly Row[]): number => Math.min(34, Math.max(...rows.map(([left]) => left.length)) + 4);

/** Aligned entries; what is too wide for the left column stands on a line of its own. */
function entries(rows: readonly Row[], column = columnOf(rows)): string {
  const lines: string[] = [];
  for (const [left, right] of rows) {
    const [first = "", ...rest] = wrap(right, width - column);
    if (left.length + 4 > column) lines.push(`  ${left}`, `${" ".repeat(column)}${first}`);
    else lines.push(`${`  ${left}`.padEnd(column)}${first}`);
    lines.push(...rest.map((line) => `${" ".repeat(column)}${line}`));
  }
  return `${lines.join("\n")}\n`;
}

/** Options by section, those of none first. */
export function grouped(options: Iterable<Option>, sections: Sections): (readonly [section: string | undefined, options: Option[]])[] {
  const all = [...options];
  const groups = [undefined, ...Object.keys(sections)].map(
    (section) => [section, all.filter((option) => sectionOf(option, sections) === section)] as const,
  );
  return groups.filter(([, inside]) => inside.length > 0);
}

/** The text of `--help`: usage, then one aligned entry per option with default and environment variable, then other variables. */
export function helpText({ name, summary, usage, environment = [], sections = {} }: HelpText, options: Iterable<Option>): string {
  const row = (option: Option): Row => [
    `${option.flag}${placeholders[option.type]}`,
    `${sentence(option.description)} ${notes(option)}`.trim(),
  ];
  const all = [...options];
  const column = columnOf(all.map(row));
  const groups = grouped(all, sections).map(([section, inside]) => {
    const title = section === undefined ? "Options" : `${sections[section]}, [${section}] of a config file`;
    return `${title}:\n${entries(inside.map(row), column)}`;
  });
  const head = wrap(`${name}: ${sentence(summary)}`, width).join("\n");
  const variables = environment.length === 0 ? "" : `\nEnvironment (an option wins over it):\n${entries(environment)}`;
  return `${head}\n\nUsage: ${usage ?? `${name} [options]`}\n\n${groups.join("\n")}${variables}`;
}

/** A value as a flag takes it. */
function valueText(option: Option, value: unknown): string {
  if (option.type === "listen") return formatListen(value as ListenAddress);
  if (option.type === "duration") return formatDuration(value as number);
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** One option in force. */
export interface OptionInForce {
  readonly key: readonly string[];
  readonly option: Option;
  /** The value without credentials, queries of URLs and secrets. */
  readonly text: string;
  /** Whether the text leaves something out. */
  readonly isHidden: boolean;
  /** Flag, variable, place in a file, or `default`. */
  readonly where: string | undefined;
}

/** What is in force, secrets hidden; what has no value is left out. */
export function optionsInForce<T extends OptionTable>(
  values: OptionValues<T>,
  { table, sources, sections = {} }: { readonly table: T; readonly sources?: OptionSources<T>; readonly sections?: Sections },
): OptionInForce[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const value: unknown = values[name];
    const isUnsaid = value === undefined || (Array.isArray(value) && value.length === 0) || option.commandLineOnly === true;
    if (isUnsaid) return [];
    const whole = valueText(option, value);
    const text = option.secret === true ? "(hidden)" : redact(whole);
    return [{ key: fileKey(option, sections), option, text, isHidden: text !== whole, where: sources?.[name]?.where }];
  });
}

/** The same as one line `name=value …` to print at start, with where each came from, if it is told. */
export function describeOptions<T extends OptionTable>(values: OptionValues<T>, table: T, sources?: OptionSources<T>): string {
  const parts = optionsInForce(values, { table, ...(sources ? { sources } : {}) });
  return parts.map(({ option, text, where }) => `${flagName(option)}=${text}${where === undefined ? "" : ` (${where})`}`).join(" ");
}
