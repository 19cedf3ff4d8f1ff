import type { Labels } from "../tsdb/labels.ts";
import type { Matcher } from "../tsdb/matcher.ts";
import type { SampleList } from "../tsdb/sample.ts";
import type { Shift } from "./ast.ts";
import type { Budget } from "./budget.ts";
import type { Notes } from "./notes.ts";

/** How far back an instant selector looks for the newest sample, as Prometheus does by default. */
export const lookbackMs = 5 * 60_000;
/** Resolution of a subquery that names none: Prometheus' default evaluation interval. */
export const subqueryStepMs = 60_000;

/** The moments at which an expression is evaluated. */
export interface Timeline {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** Series with samples; what a query is asked of. */
export interface QuerySource {
  select(matchers: readonly Matcher[]): readonly QuerySeries[];
}
export interface QuerySeries {
  readonly labels: Labels;
  /** Samples and staleness markers in (fromMs, toMs], oldest first. */
  read(fromMs: number, toMs: number, out: SampleList): SampleList;
}

/** All that an evaluation knows beside its expression. */
export interface Scope {
  readonly query: string;
  readonly source: QuerySource;
  readonly timeline: Timeline;
  /** First and last moment of the whole query, for `@ start()` and `@ end()`. */
  readonly bounds: { readonly startMs: number; readonly endMs: number };
  readonly lookbackMs: number;
  readonly budget: Budget;
  readonly notes: Notes;
}

export function timeOf({ startMs, stepMs }: Timeline, step: number): number {
  return startMs + step * stepMs;
}

/** The moments at which a shifted selector is asked, step by step. */
export function momentsOf({ offsetMs, at }: Shift, { timeline, bounds }: Scope): Float64Array {
  const moments = new Float64Array(timeline.steps);
  const fixed = at === "start" ? bounds.startMs : at === "end" ? bounds.endMs : at;
  for (let step = 0; step < timeline.steps; step++) moments[step] = (fixed ?? timeOf(timeline, step)) - offsetMs;
  return moments;
}
