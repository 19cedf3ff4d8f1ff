import type { LabelValues } from "./series.ts";

/** One label matcher of a selector. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** Prometheus anchors its regular expressions; one that JavaScript cannot read matches as far as anybody here knows. */
function expression(text: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${text})$`, "s");
  } catch {
    // RE2 knows forms that JavaScript does not: nothing can be said of those.
    return undefined;
  }
}

function matches({ operator, value }: Matcher, text: string): boolean | undefined {
  if (operator === "=" || operator === "!=") return value === text;
  return expression(value)?.test(text);
}

/** Which values that the matcher names do not exist. An empty value asks for the label's absence and always may. */
export function deadValues(matcher: Matcher, values: LabelValues): readonly string[] {
  const { operator, value } = matcher;
  if (values === undefined || value === "" || value.includes("$")) return [];
  const named = operator === "=" || operator === "!=" ? [value] : /^[\w.-]+(?:\|[\w.-]+)*$/.test(value) ? value.split("|") : undefined;
  if (named !== undefined) return named.filter((each) => !values.includes(each));
  return values.some((each) => matches(matcher, each) ?? true) ? [] : [value];
}

/** What is wrong with a matcher on `le`: it takes one spelling of a bound and not the other, or no bound at all. */
export function leProblem(matcher: Matcher, bounds: readonly number[] | undefined): "le-integer" | "unknown-value" | undefined {
  const { operator, value } = matcher;
  if (value.includes("$") || value === "+Inf") return undefined;
  const isWhole = (operator === "=" || operator === "!=") && /^\d+(?:\.0+)?$/.test(value);
  if (bounds === undefined || isWhole) return isWhole ? "le-integer" : undefined;
  const whole = bounds.filter((bound) => Number.isInteger(bound));
  if (whole.some((bound) => matches(matcher, String(bound)) !== matches(matcher, `${bound}.0`))) return "le-integer";
  const spelled = [...bounds.flatMap((bound) => [String(bound), `${bound}.0`]), "+Inf"];
  return spelled.some((each) => matches(matcher, each) ?? true) ? undefined : "unknown-value";
}
