import { type Labels, noLabels } from "../tsdb/labels.ts";
import { absent, SampleList } from "../tsdb/sample.ts";
import type { Call, Expr, MatrixSelector, Subquery } from "./ast.ts";
import { type Column, emptyValues, hasValue, refuseSame, type Value, withoutName } from "./column.ts";
import { rangeFunctions } from "./functions/range-functions.ts";
import { momentsOf, type Scope, subqueryStepMs } from "./scope.ts";
import type { FunctionName } from "./signatures.ts";
import type { Window } from "./window.ts";

export type Evaluate = (expr: Expr, scope: Scope) => Promise<Value>;

/** Long ranges at many steps are work even within one series: after so many samples it is time to look at the clock. */
const samplesPerTurn = 200_000;

/** What a range function is given: samples without markers, series by series, in one list that is used again. */
interface RangeSeries {
  readonly labels: Labels;
  readonly list: SampleList;
}

/** A function of a range vector: one number per series and step. */
export async function overRange(call: Call, scope: Scope, evaluate: Evaluate): Promise<Column[]> {
  const range = call.args.find((arg): arg is MatrixSelector | Subquery => arg.kind === "range" || arg.kind === "subquery");
  const compute = rangeFunctions[call.name as FunctionName];
  if (range === undefined || compute === undefined) return [];
  const parameter = await parameterOf(call, scope, evaluate);
  const moments = momentsOf(range.kind === "range" ? range.selector.shift : range.shift, scope);
  const keepsName = call.name === "last_over_time";
  const columns: Column[] = [];
  let work = 0;
  const series = range.kind === "range" ? selectedSeries(range, scope, moments) : subquerySeries(range, { scope, moments, evaluate });
  for await (const { labels, list } of series) {
    const values = emptyValues(scope.timeline.steps);
    const window: Window = { times: list.times, values: list.values, from: 0, to: 0, startMs: 0, endMs: 0, evalMs: 0 };
    for (let step = 0; step < moments.length; step++) {
      window.endMs = moments[step] ?? 0;
      window.startMs = window.endMs - range.rangeMs;
      window.evalMs = scope.timeline.startMs + step * scope.timeline.stepMs;
      move(window, list.size);
      if (window.to > window.from) values[step] = compute(window, parameter?.[step] ?? Number.NaN);
      work += window.to - window.from;
      if (work < samplesPerTurn) continue;
      work = 0;
      await scope.budget.breathe();
    }
    if (!hasValue(values)) continue;
    noteCounter(call, labels, scope);
    columns.push({ labels: keepsName ? labels : withoutName(labels), values });
  }
  refuseSame(columns);
  return columns;
}

async function parameterOf(call: Call, scope: Scope, evaluate: Evaluate): Promise<Float64Array | undefined> {
  const parameter = call.args.find(({ kind }) => kind !== "range" && kind !== "subquery");
  if (parameter === undefined) return undefined;
  const value = await evaluate(parameter, scope);
  return value.type === "scalar" ? value.values : undefined;
}

/** Moves a window forward to (startMs, endMs]; moments never go back. */
function move(window: Window, size: number): void {
  while (window.to < size && (window.times[window.to] ?? 0) <= window.endMs) window.to++;
  while (window.from < window.to && (window.times[window.from] ?? 0) <= window.startMs) window.from++;
}

async function* selectedSeries({ selector, rangeMs }: MatrixSelector, scope: Scope, moments: Float64Array): AsyncGenerator<RangeSeries> {
  const found = scope.source.select(selector.matchers);
  scope.budget.checkSeries(found.length);
  const list = new SampleList();
  for (const series of found) {
    await scope.budget.breathe();
    list.clear();
    series.read((moments[0] ?? 0) - rangeMs, moments.at(-1) ?? 0, list);
    scope.budget.spend(list.size + moments.length);
    list.dropStale();
    if (list.size > 0) yield { labels: series.labels, list };
  }
}

/** The steps of a subquery are multiples of its resolution, whatever the query's own are. */
async function* subquerySeries(
  { expr, rangeMs, stepMs = subqueryStepMs }: Subquery,
  at: { readonly scope: Scope; readonly moments: Float64Array; readonly evaluate: Evaluate },
): AsyncGenerator<RangeSeries> {
  const after = (at.moments[0] ?? 0) - rangeMs;
  const startMs = (Math.floor(after / stepMs) + 1) * stepMs;
  const steps = Math.floor(((at.moments.at(-1) ?? 0) - startMs) / stepMs) + 1;
  if (steps <= 0) return;
  at.scope.budget.spend(steps);
  const inner = await at.evaluate(expr, { ...at.scope, timeline: { startMs, stepMs, steps } });
  const columns: readonly Column[] =
    inner.type === "vector" ? inner.columns : inner.type === "scalar" ? [{ labels: noLabels, values: inner.values }] : [];
  const list = new SampleList();
  for (const { labels, values } of columns) {
    await at.scope.budget.breathe();
    list.clear();
    for (let step = 0; step < steps; step++) {
      const value = values[step] ?? absent;
      if (value !== absent) list.push(startMs + step * stepMs, value);
    }
    if (list.size > 0) yield { labels, list };
  }
}

/** A rate of what does not look like a counter is probably not meant. */
function noteCounter(call: Call, labels: Labels, { notes }: Scope): void {
  const [argument] = call.args;
  const { name } = labels;
  if (argument === undefined || name === "" || !["rate", "increase"].includes(call.name)) return;
  if (/_(?:total|sum|count|bucket)$/.test(name)) return;
  notes.info(`metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`, argument);
}
