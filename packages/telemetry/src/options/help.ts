import { formatDuration, parseDuration } from "./duration.ts";
import { formatListen, type ListenAddress } from "./listen.ts";
import { envNames, flagName, type Option, type OptionTable, type OptionValues } from "./table.ts";

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
  /** Variables that the program heeds beside those of its options: names and meaning. */
  readonly environment?: readonly (readonly [names: string, meaning: string])[];
}

/** Aligned entries; what is too wide for the left column stands on a line of its own. */
function entries(rows: readonly (readonly [left: string, right: string])[]): string {
  const column = Math.min(34, Math.max(...rows.map(([left]) => left.length)) + 4);
  const lines: string[] = [];
  for (const [left, right] of rows) {
    const [first = "", ...rest] = wrap(right, width - column);
    if (left.length + 4 > column) lines.push(`  ${left}`, `${" ".repeat(column)}${first}`);
    else lines.push(`${`  ${left}`.padEnd(column)}${first}`);
    lines.push(...rest.map((line) => `${" ".repeat(column)}${line}`));
  }
  return `${lines.join("\n")}\n`;
}

/** The text of `--help`: usage, then one aligned entry per option with default and environment variable, then other variables. */
export function helpText({ name, summary, usage, environment = [] }: HelpText, options: Iterable<Option>): string {
  const rows = [...options].map((option): [string, string] => [
    `${option.flag}${placeholders[option.type]}`,
    `${sentence(option.description)} ${notes(option)}`.trim(),
  ]);
  const head = wrap(`${name}: ${sentence(summary)}`, width).join("\n");
  const variables = environment.length === 0 ? "" : `\nEnvironment (an option wins over it):\n${entries(environment)}`;
  return `${head}\n\nUsage: ${usage ?? `${name} [options]`}\n\nOptions:\n${entries(rows)}${variables}`;
}

function valueText(option: Option, value: unknown): string {
  if (option.secret === true) return "(hidden)";
  if (option.type === "listen") return formatListen(value as ListenAddress);
  if (option.type === "duration") return formatDuration(value as number);
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** What is in force, as one line `name=value …` to print at start; secrets are hidden, what has no value is left out. */
export function describeOptions<T extends OptionTable>(values: OptionValues<T>, table: T): string {
  const parts: string[] = [];
  for (const [key, option] of Object.entries(table)) {
    const value: unknown = values[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    parts.push(`${flagName(option)}=${valueText(option, value)}`);
  }
  return parts.join(" ");
}
