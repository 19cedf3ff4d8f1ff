import { Labels, nameLabel, noLabels } from "../tsdb/labels.ts";
import { absent } from "../tsdb/sample.ts";
import type { Call, Expr } from "./ast.ts";
import { anyAt, type Column, emptyValues, joinSame, type Value, withoutName } from "./column.ts";
import type { Evaluate } from "./eval-range.ts";
import { overRange } from "./eval-range.ts";
import { selectorColumns } from "./eval-selector.ts";
import { histogramQuantile } from "./functions/histogram-quantile.ts";
import { labelJoin, labelReplace } from "./functions/label-functions.ts";
import { rangeFunctions } from "./functions/range-functions.ts";
import { sampleFunctions } from "./functions/sample-functions.ts";
import { type Scope, timeOf } from "./scope.ts";
import type { FunctionName } from "./signatures.ts";

/** Evaluates a function. */
export async function evalCall(call: Call, scope: Scope, evaluate: Evaluate): Promise<Value> {
  const name = call.name as FunctionName;
  if (name === "absent_over_time") return vector(absence(await overRange(call, scope, evaluate), call, scope));
  if (rangeFunctions[name] !== undefined) return vector(await overRange(call, scope, evaluate));
  const [first] = call.args;
  if (name === "timestamp" && first?.kind === "selector") {
    const columns = await selectorColumns(first, scope, "seconds");
    return vector(joinSame(columns.map(({ labels, values }) => ({ labels: withoutName(labels), values }))));
  }
  const args: Value[] = [];
  for (const arg of call.args) args.push(await evaluate(arg, scope));
  scope.budget.spend(args.reduce((sum, arg) => sum + (arg.type === "vector" ? arg.columns.length : 1), 0) * scope.timeline.steps);
  return ofValues(call, args, scope);
}

function vector(columns: readonly Column[]): Value {
  return { type: "vector", columns };
}

function ofValues(call: Call, args: readonly Value[], scope: Scope): Value {
  const columns = args.flatMap((arg) => (arg.type === "vector" ? arg.columns : []));
  const scalars = args.flatMap((arg) => (arg.type === "scalar" ? [arg.values] : []));
  const texts = args.flatMap((arg) => (arg.type === "string" ? [arg.text] : []));
  const times = (): Float64Array => Float64Array.from({ length: scope.timeline.steps }, (_, step) => timeOf(scope.timeline, step) / 1000);
  const [parameter = emptyValues(scope.timeline.steps)] = scalars;
  switch (call.name) {
    case "time":
      return { type: "scalar", values: times() };
    case "vector":
      return vector([{ labels: noLabels, values: parameter }]);
    case "scalar":
      return { type: "scalar", values: onlyValues(columns, scope) };
    case "absent":
      return vector(absence(columns, call, scope));
    case "timestamp":
      return vector(mapped(columns, (_, step) => timeOf(scope.timeline, step) / 1000));
    case "sort":
    case "sort_desc":
      return vector(sorted(columns, { name: call.name, scope, span: call }));
    case "histogram_quantile": {
      const [q = call, buckets = call] = call.args;
      return vector(histogramQuantile(parameter, columns, { notes: scope.notes, parameter: q, argument: buckets }));
    }
    case "label_replace":
      return vector(labelReplace(columns, texts));
    case "label_join":
      return vector(labelJoin(columns, texts));
    default:
      return vector(ofSamples(call.name as FunctionName, columns, scalars));
  }
}

function ofSamples(name: FunctionName, columns: readonly Column[], [first, second]: readonly Float64Array[]): Column[] {
  const compute = sampleFunctions[name];
  if (compute === undefined) return [];
  return mapped(columns, (value, step) => {
    const [low = 1, high = 1] = [first?.[step], second?.[step]];
    // between limits that are crossed there is nothing
    return name === "clamp" && high < low ? absent : compute(value, low, high);
  });
}

/** Each value changed; the result is no longer the metric. */
function mapped(columns: readonly Column[], change: (value: number, step: number) => number): Column[] {
  return joinSame(
    columns.map(({ labels, values }) => ({
      labels: withoutName(labels),
      values: values.map((value, step) => (value === absent ? absent : change(value, step))),
    })),
  );
}

/** The value of the only series, or NaN where there is none or more than one. */
function onlyValues(columns: readonly Column[], { timeline }: Scope): Float64Array {
  const only = emptyValues(timeline.steps);
  for (const { values } of columns) {
    for (let step = 0; step < timeline.steps; step++) {
      const value = values[step] ?? absent;
      if (value !== absent) only[step] = only[step] === absent ? value : Number.NaN;
    }
  }
  return only.map((value) => (value === absent ? Number.NaN : value));
}

/** 1 at each step that has no value, under the labels that the selector fixes. */
function absence(columns: readonly Column[], call: Call, { timeline }: Scope): Column[] {
  const any = anyAt(columns, timeline.steps);
  const values = Float64Array.from({ length: timeline.steps }, (_, step) => (any[step] === 1 ? absent : 1));
  return [{ labels: fixedLabels(call.args[0]), values }].filter(() => any.includes(0));
}

function fixedLabels(expr: Expr | undefined): Labels {
  const selector = expr?.kind === "range" ? expr.selector : expr;
  if (selector?.kind !== "selector") return noLabels;
  const fixed = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (name === nameLabel) continue;
    if (op === "=" && !seen.has(name)) {
      fixed.set(name, value);
      seen.add(name);
    } else fixed.delete(name);
  }
  return Labels.fromPairs([...fixed]);
}

function sorted(
  columns: readonly Column[],
  { name, scope, span }: { readonly name: "sort" | "sort_desc"; readonly scope: Scope; readonly span: Call },
): readonly Column[] {
  if (scope.timeline.steps > 1) {
    scope.notes.warn("sort is ineffective for range queries since results are always ordered by labels", span);
    return columns;
  }
  const direction = name === "sort" ? 1 : -1;
  return columns.toSorted((a, b) => {
    const [first = Number.NaN, second = Number.NaN] = [a.values[0], b.values[0]];
    if (Number.isNaN(first)) return Number.isNaN(second) ? 0 : 1;
    return Number.isNaN(second) ? -1 : (first - second) * direction;
  });
}
