import type { Labels } from "./labels.ts";

/** One condition on a label; a label that is not there has the value "". */
export interface Matcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
  matches(value: string): boolean;
}

/** Makes a matcher. Throws SyntaxError where a regular expression cannot be read. */
export function matcher(name: string, op: Matcher["op"], value: string): Matcher {
  switch (op) {
    case "=":
      return { name, op, value, matches: (given) => given === value };
    case "!=":
      return { name, op, value, matches: (given) => given !== value };
    case "=~":
    case "!~": {
      const pattern = anchored(value);
      const wanted = op === "=~";
      const known = new Map<string, boolean>();
      // few values stand in many series
      const matches = (given: string): boolean => {
        let is = known.get(given);
        if (is === undefined) known.set(given, (is = pattern.test(given) === wanted));
        return is;
      };
      return { name, op, value, matches };
    }
  }
}

/** A pattern longer than this is no label of ours. */
const longestPattern = 2_000;

/**
 * A regular expression as Prometheus reads one: the whole value, `.` matches line ends too. RE2's spelling of flags at the start and of
 * named groups is understood; what only JavaScript knows (look-around, back references) is refused. Throws SyntaxError.
 */
export function anchored(pattern: string): RegExp {
  if (pattern.length > longestPattern) throw new SyntaxError(`a pattern of more than ${longestPattern} characters`);
  if (/\(\?(?:[=!]|<[=!])/.test(pattern)) throw new SyntaxError("look-around is not known to Prometheus");
  if (/(?<!\\)(?:\\\\)*\\[1-9k]/.test(pattern)) throw new SyntaxError("back references are not known to Prometheus");
  const [, flags = "", rest = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
  const body = rest.replaceAll("(?P<", "(?<");
  return new RegExp(`^(?:${body})$`, [...new Set(`s${flags}`)].join(""));
}

/** Whether a series has what every matcher asks. */
export function matchesAll(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every((each) => each.matches(labels.get(each.name)));
}
