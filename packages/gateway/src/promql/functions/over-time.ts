import { type RangeFunction, valueAt, type Window } from "../window.ts";
import { ExactSum, meanOf } from "./exact-sum.ts";
import { quantileOf } from "./quantile.ts";

export const average: RangeFunction = ({ values, from, to }) => meanOf(values, from, to);

export const sum: RangeFunction = (window) => {
  const exact = new ExactSum();
  for (let index = window.from; index < window.to; index++) exact.add(valueAt(window, index));
  return Math.abs(exact.sum) === Number.POSITIVE_INFINITY ? exact.sum : exact.total;
};

export const count: RangeFunction = ({ from, to }) => to - from;
export const last: RangeFunction = (window) => valueAt(window, window.to - 1);
export const present: RangeFunction = () => 1;

/** The extreme of a range; NaN only where there is nothing else. */
function extreme(window: Window, isBetter: (value: number, best: number) => boolean): number {
  let best = valueAt(window, window.from);
  for (let index = window.from; index < window.to; index++) {
    const value = valueAt(window, index);
    if (isBetter(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

export const min: RangeFunction = (window) => extreme(window, (value, best) => value < best);
export const max: RangeFunction = (window) => extreme(window, (value, best) => value > best);

/** Variance by Welford with exact sums, as Prometheus has it. */
export const variance: RangeFunction = (window) => {
  const mean = new ExactSum();
  const squares = new ExactSum();
  let seen = 0;
  for (let index = window.from; index < window.to; index++) {
    const value = valueAt(window, index);
    seen++;
    const off = value - mean.total;
    mean.add(off / seen);
    squares.add(off * (value - mean.total));
  }
  return squares.total / seen;
};

export const deviation: RangeFunction = (window, parameter) => Math.sqrt(variance(window, parameter));

export const quantile: RangeFunction = ({ values, from, to }, q) => quantileOf(q, values.slice(from, to));
