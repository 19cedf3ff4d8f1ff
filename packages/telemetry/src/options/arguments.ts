import { nearest } from "./nearest.ts";
import { OptionError } from "./option-error.ts";
import type { Option } from "./table.ts";

/** What the command line says, before any value is read. */
export interface Arguments {
  /** Texts given per flag, in order. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
}

function split(argument: string): [flag: string, value: string | undefined] {
  const equals = argument.indexOf("=");
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function unknown(flag: string, known: readonly string[]): OptionError {
  const meant = nearest(flag, known);
  return new OptionError("unknown_option", `unknown option ${flag}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
}

/** Splits `argv` into flags and positionals; `--no-x` turns a boolean off, `--` ends the flags. Throws `OptionError`. */
export function readArguments(argv: readonly string[], options: ReadonlyMap<string, Option>): Arguments {
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest = argv.values();
  const put = (flag: string, value: string): unknown => given.set(flag, [...(given.get(flag) ?? []), value]);
  for (const argument of rest) {
    if (argument === "--") {
      positionals.push(...rest);
    } else if (!argument.startsWith("-") || argument === "-") {
      positionals.push(argument);
    } else {
      const [flag, inline] = split(argument);
      const option = options.get(flag);
      const negated = flag.startsWith("--no-") ? options.get(`--${flag.slice(5)}`) : undefined;
      if (option === undefined && negated?.type === "boolean" && inline === undefined) put(negated.flag, "false");
      else if (option === undefined) throw unknown(flag, [...options.keys()]);
      else if (option.type === "boolean") put(flag, inline ?? "true");
      else {
        const value = inline ?? rest.next().value;
        if (value === undefined || (inline === undefined && value.startsWith("--")))
          throw new OptionError("invalid_value", `${flag} needs a value`);
        put(flag, value);
      }
    }
  }
  return { given, positionals };
}
