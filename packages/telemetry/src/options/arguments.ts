import { nearest } from "./nearest.ts";
import { OptionError, type OptionProblems } from "./option-error.ts";
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

type Given = readonly [flag: string, value: string];

/** One flag with its value; `rest` gives the next argument where the value stands by itself. */
function readFlag(argument: string, rest: Iterator<string>, options: ReadonlyMap<string, Option>): Given {
  const [flag, inline] = split(argument);
  const option = options.get(flag);
  if (option === undefined) {
    const negated = flag.startsWith("--no-") ? options.get(`--${flag.slice(5)}`) : undefined;
    if (negated?.type === "boolean" && inline === undefined) return [negated.flag, "false"];
    throw unknown(flag, [...options.keys()]);
  }
  if (option.type === "boolean") return [flag, inline ?? "true"];
  if (inline !== undefined) return [flag, inline];
  const next = rest.next();
  if (next.done === true || next.value.startsWith("--")) throw new OptionError("invalid_value", `${flag} needs a value`);
  return [flag, next.value];
}

/** Splits `argv` into flags and positionals; `--no-x` turns a boolean off, `--` ends the flags. What is wrong goes to `problems`. */
export function readArguments(argv: readonly string[], options: ReadonlyMap<string, Option>, problems: OptionProblems): Arguments {
  const given = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  const rest = argv.values();
  for (const argument of rest) {
    if (argument === "--") positionals.push(...rest);
    else if (!argument.startsWith("-") || argument === "-") positionals.push(argument);
    else {
      const read = problems.try(() => readFlag(argument, rest, options));
      if (read === undefined) continue;
      const [flag, value] = read;
      given.set(flag, [...(given.get(flag) ?? []), value]);
    }
  }
  return { given, positionals };
}
