import type { ListenAddress } from "./listen.ts";

interface OptionBase {
  /** Long flag, such as `--listen`; its name without dashes is the key in a config file. */
  readonly flag: `--${string}`;
  /** Environment variables, first one set wins; an empty one counts as unset. */
  readonly env?: string | readonly string[];
  readonly description: string;
  /** Without a value the process does not start. */
  readonly required?: true;
  /** Never printed. */
  readonly secret?: true;
  /** The section of a config file and of the help that it stands in; default the one that its flag begins with. */
  readonly section?: string;
  /** What a process that reads its configuration again takes over without a restart. */
  readonly reload?: true;
  /** What is asked of one start, as `--check`: neither a variable nor a file says it, and it is no part of what is in force. */
  readonly commandLineOnly?: true;
}
export interface StringOption extends OptionBase {
  readonly type: "string";
  readonly default?: string;
  readonly choices?: readonly string[];
}
export interface NumberOption extends OptionBase {
  readonly type: "number";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}
export interface BooleanOption extends OptionBase {
  readonly type: "boolean";
  readonly default?: boolean;
}
/** Repeat the flag for more; comma-separated in the environment. */
export interface StringsOption extends OptionBase {
  readonly type: "strings";
  readonly default?: readonly string[];
}
/** `port`, `host:port` or `[v6]:port`; port 0 takes a free one. */
export interface ListenOption extends OptionBase {
  readonly type: "listen";
  readonly default?: string;
  /** Host taken when only a port is given; default 127.0.0.1. */
  readonly host?: string;
}
/** `500ms`, `10s`, `2m`, `1h`, or a bare number of seconds; the value is in milliseconds. */
export interface DurationOption extends OptionBase {
  readonly type: "duration";
  readonly default?: string;
}
export type Option = StringOption | NumberOption | BooleanOption | StringsOption | ListenOption | DurationOption;
export type OptionTable = Readonly<Record<string, Option>>;

type Raw<O> = O extends { readonly type: "string" }
  ? O extends { readonly choices: readonly (infer C)[] }
    ? C
    : string
  : O extends { readonly type: "number" | "duration" }
    ? number
    : O extends { readonly type: "boolean" }
      ? boolean
      : O extends { readonly type: "strings" }
        ? readonly string[]
        : O extends { readonly type: "listen" }
          ? ListenAddress
          : never;
type Always<O> = O extends { readonly type: "boolean" | "strings" } | { readonly default: unknown } | { readonly required: true }
  ? true
  : false;

/** What `parseOptions` gives for a table: `undefined` only where there is neither default nor `required`. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]: Always<T[K]> extends true ? Raw<T[K]> : Raw<T[K]> | undefined;
};

/** Sections of a config file with their titles, in order; `--tls-cert` is `cert` of the section `tls` where there is one. */
export type Sections = Readonly<Record<string, string>>;

/** The flag's name without its dashes. */
export function flagName(option: Option): string {
  return option.flag.slice(2);
}

export function envNames(option: Option): readonly string[] {
  if (option.env === undefined) return [];
  return typeof option.env === "string" ? [option.env] : option.env;
}

/** The section of an option, where it has one. */
export function sectionOf(option: Option, sections: Sections): string | undefined {
  if (option.section !== undefined) return option.section;
  const name = flagName(option);
  return Object.keys(sections).find((section) => name.startsWith(`${section}-`));
}

/** Where an option stands in a config file: the section, if it has one, and the name within. */
export function fileKey(option: Option, sections: Sections): readonly string[] {
  const name = flagName(option);
  const section = sectionOf(option, sections);
  if (section === undefined) return [name];
  return [section, name.startsWith(`${section}-`) ? name.slice(section.length + 1) : name];
}
