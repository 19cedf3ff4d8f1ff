import type { Notes } from "../notes.ts";
import type { Span } from "../query-error.ts";

/** Warns of a quantile that is none: below 0, above 1 or NaN. */
export function warnOfQuantile(q: Float64Array, notes: Notes, span: Span): void {
  const wrong = q.find((each) => Number.isNaN(each) || each < 0 || each > 1);
  if (wrong !== undefined) notes.warn(`quantile value should be between 0 and 1, got ${goNumber(wrong)}`, span);
}

/** A number as Go prints it. */
export function goNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return value > 0 ? "+Inf" : "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
