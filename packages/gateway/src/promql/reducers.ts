import type { AggregateOp } from "./ast.ts";
import { ExactSum, meanOf } from "./functions/exact-sum.ts";
import { quantileOf } from "./functions/quantile.ts";

/** At least one number, and the parameter where there is one, to one number. */
type Reducer = (values: Float64Array, parameter: number) => number;

function sum(values: Float64Array): number {
  const exact = new ExactSum(values[0] ?? 0);
  for (let index = 1; index < values.length; index++) exact.add(values[index] ?? 0);
  return exact.total;
}

function extreme(values: Float64Array, isBetter: (value: number, best: number) => boolean): number {
  let best = values[0] ?? Number.NaN;
  for (const value of values) if (isBetter(value, best) || Number.isNaN(best)) best = value;
  return best;
}

/** Welford without carried errors, as Prometheus aggregates. */
function variance(values: Float64Array): number {
  const first = values[0] ?? Number.NaN;
  if (!Number.isFinite(first)) return Number.NaN;
  let mean = first;
  let squares = 0;
  for (let index = 1; index < values.length; index++) {
    const value = values[index] ?? Number.NaN;
    const off = value - mean;
    mean += off / (index + 1);
    squares += off * (value - mean);
  }
  return squares / values.length;
}

export const reducers: Readonly<Record<Exclude<AggregateOp, "topk" | "bottomk">, Reducer>> = {
  sum,
  avg: (values) => meanOf(values, 0, values.length),
  count: (values) => values.length,
  min: (values) => extreme(values, (value, best) => value < best),
  max: (values) => extreme(values, (value, best) => value > best),
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
  quantile: (values, q) => quantileOf(q, values),
};
