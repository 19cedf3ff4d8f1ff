import { parseDuration } from "./duration.ts";
import { type ListenAddress, parseListen } from "./listen.ts";
import { OptionError } from "./option-error.ts";
import type { NumberOption, Option, StringOption } from "./table.ts";

export type OptionValue = string | number | boolean | readonly string[] | ListenAddress;

const words: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
};

function readString(option: StringOption, text: string): string {
  if (option.choices !== undefined && !option.choices.includes(text)) {
    throw new OptionError("invalid_value", `"${text}" is none of ${option.choices.join(", ")}`);
  }
  return text;
}

function readNumber(option: NumberOption, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new OptionError("invalid_value", `"${text}" is no number`);
  if (option.min !== undefined && value < option.min) throw new OptionError("invalid_value", `${text} is below ${option.min}`);
  if (option.max !== undefined && value > option.max) throw new OptionError("invalid_value", `${text} is above ${option.max}`);
  return value;
}

function readBoolean(text: string): boolean {
  const value = words[text.toLowerCase()];
  if (value === undefined) throw new OptionError("invalid_value", `"${text}" is neither true nor false`);
  return value;
}

function read(option: Option, texts: readonly string[]): OptionValue {
  const text = texts.at(-1) ?? "";
  switch (option.type) {
    case "string":
      return readString(option, text);
    case "number":
      return readNumber(option, text);
    case "boolean":
      return readBoolean(text);
    case "strings":
      return texts;
    case "listen":
      return parseListen(text, option.host);
    case "duration":
      return parseDuration(text);
  }
}

/** The value of an option from text; `where` (a flag, a variable, a file) stands in front of what is wrong. */
export function readValue(option: Option, texts: readonly string[], where: string): OptionValue {
  try {
    return read(option, texts);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.code, `${where}: ${option.secret === true ? "the value cannot be used" : error.message}`);
  }
}
