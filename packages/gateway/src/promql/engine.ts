import { Labels, noLabels } from "../tsdb/labels.ts";
import { absent, SampleList } from "../tsdb/sample.ts";
import type { MatrixSelector, Subquery } from "./ast.ts";
import { Budget, defaultQueryLimits, type QueryLimits } from "./budget.ts";
import { typeOfExpr } from "./check.ts";
import { type Column, hasValue, refuseSame, type Value } from "./column.ts";
import { evaluate } from "./evaluate.ts";
import { Notes } from "./notes.ts";
import { parse } from "./parse.ts";
import { QueryError } from "./query-error.ts";
import { lookbackMs, momentsOf, type QuerySource, type Scope, subqueryStepMs, type Timeline, timeOf } from "./scope.ts";

/** One series of an answer. */
export interface ResultSeries {
  readonly labels: Labels;
  /** Epoch milliseconds and value, oldest first. */
  readonly points: readonly (readonly [number, number])[];
}

/** What a query gives. */
export type Result =
  | { readonly type: "scalar"; readonly atMs: number; readonly value: number }
  | { readonly type: "string"; readonly atMs: number; readonly text: string }
  | { readonly type: "vector" | "matrix"; readonly series: readonly ResultSeries[] };

/** A result with what there is to say about it. */
export interface Answer {
  readonly result: Result;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** Samples read and values made. */
  readonly samples: number;
}

export interface RunOptions {
  readonly limits?: Partial<QueryLimits>;
  /** Milliseconds that pass; the machine's clock by default. */
  readonly passing?: () => number;
  readonly lookbackMs?: number;
  readonly signal?: AbortSignal;
}

/** Evaluates a query at one moment. Throws QueryError. */
export async function instantQuery(query: string, source: QuerySource, atMs: number, options: RunOptions = {}): Promise<Answer> {
  const expr = parse(query);
  const scope = scopeOf(query, source, { startMs: atMs, stepMs: 1, steps: 1 }, options);
  if (expr.kind === "range") return answerOf({ type: "matrix", series: rawRange(expr, scope) }, scope);
  if (expr.kind === "subquery") return answerOf({ type: "matrix", series: await subqueryRange(expr, scope) }, scope);
  const value = await evaluate(expr, scope);
  switch (value.type) {
    case "scalar":
      return answerOf({ type: "scalar", atMs, value: value.values[0] ?? Number.NaN }, scope);
    case "string":
      return answerOf({ type: "string", atMs, text: value.text }, scope);
    case "vector":
      return answerOf({ type: "vector", series: seriesOf(value.columns, scope.timeline) }, scope);
  }
}

/** Evaluates a query at every step from `startMs` to `endMs`. Throws QueryError. */
export async function rangeQuery(
  query: string,
  source: QuerySource,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  options: RunOptions = {},
): Promise<Answer> {
  const { startMs, endMs, stepMs } = range;
  const expr = parse(query);
  const type = typeOfExpr(expr);
  if (type !== "scalar" && type !== "vector") {
    const found = type === "matrix" ? "range vector" : type;
    throw new QueryError(
      "bad_data",
      `invalid parameter "query": invalid expression type "${found}" for range query, must be Scalar or instant Vector`,
    );
  }
  const timeline = { startMs, stepMs, steps: Math.floor((endMs - startMs) / stepMs) + 1 };
  // the end that was asked for, which need not be a step
  const scope = { ...scopeOf(query, source, timeline, options), bounds: { startMs, endMs } };
  const columns = columnsOf(await evaluate(expr, scope));
  const series = seriesOf(columns, scope.timeline).toSorted((a, b) => Labels.compare(a.labels, b.labels));
  return answerOf({ type: "matrix", series }, scope);
}

function scopeOf(query: string, source: QuerySource, timeline: Timeline, options: RunOptions): Scope {
  const limits = { ...defaultQueryLimits, ...options.limits };
  const most = limits.points;
  if (timeline.steps > most) {
    throw new QueryError(
      "bad_data",
      `exceeded maximum resolution of ${most} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  }
  return {
    query,
    source,
    timeline,
    bounds: { startMs: timeline.startMs, endMs: timeOf(timeline, timeline.steps - 1) },
    lookbackMs: options.lookbackMs ?? lookbackMs,
    budget: new Budget(limits, options.passing ?? (() => performance.now()), options.signal),
    notes: new Notes(query),
  };
}

function answerOf(result: Result, { notes, budget }: Scope): Answer {
  return { result, warnings: notes.warnings, infos: notes.infos, samples: budget.samples };
}

function columnsOf(value: Value): readonly Column[] {
  switch (value.type) {
    case "vector":
      return value.columns;
    case "scalar":
      return [{ labels: noLabels, values: value.values }];
    case "string":
      return [];
  }
}

function seriesOf(columns: readonly Column[], timeline: Timeline): ResultSeries[] {
  const filled = columns.filter(({ values }) => hasValue(values));
  refuseSame(filled);
  return filled.map(({ labels, values }) => {
    const points: [number, number][] = [];
    for (let step = 0; step < values.length; step++) {
      const value = values[step] ?? absent;
      if (value !== absent) points.push([timeOf(timeline, step), value]);
    }
    return { labels, points };
  });
}

/** The samples themselves. */
function rawRange({ selector, rangeMs }: MatrixSelector, scope: Scope): ResultSeries[] {
  const [moment = 0] = momentsOf(selector.shift, scope);
  const found = scope.source.select(selector.matchers);
  scope.budget.checkSeries(found.length);
  return found.flatMap((series) => {
    const list = series.read(moment - rangeMs, moment, new SampleList());
    scope.budget.spend(list.size);
    list.dropStale();
    const points = Array.from({ length: list.size }, (_, at): [number, number] => [list.times[at] ?? 0, list.values[at] ?? 0]);
    return points.length === 0 ? [] : [{ labels: series.labels, points }];
  });
}

async function subqueryRange({ expr, rangeMs, stepMs = subqueryStepMs, shift }: Subquery, scope: Scope): Promise<ResultSeries[]> {
  const [moment = 0] = momentsOf(shift, scope);
  const startMs = (Math.floor((moment - rangeMs) / stepMs) + 1) * stepMs;
  const timeline = { startMs, stepMs, steps: Math.max(0, Math.floor((moment - startMs) / stepMs) + 1) };
  scope.budget.spend(timeline.steps);
  return seriesOf(columnsOf(await evaluate(expr, { ...scope, timeline })), timeline);
}
