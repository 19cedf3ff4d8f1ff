import { absent, type RangeFunction, timeAt, valueAt, type Window } from "../window.ts";
import { ExactSum } from "./exact-sum.ts";

/** Least squares through a range (promql/functions.go, linearRegression); x in seconds from `originMs`. */
function line(window: Window, originMs: number): { readonly slope: number; readonly intercept: number } {
  const sums = { x: new ExactSum(), y: new ExactSum(), xy: new ExactSum(), xx: new ExactSum() };
  const first = valueAt(window, window.from);
  let isFlat = true;
  for (let index = window.from; index < window.to; index++) {
    const x = (timeAt(window, index) - originMs) / 1000;
    const y = valueAt(window, index);
    if (y !== first && index > window.from) isFlat = false;
    sums.x.add(x);
    sums.y.add(y);
    sums.xy.add(x * y);
    sums.xx.add(x * x);
  }
  if (isFlat)
    return Math.abs(first) === Number.POSITIVE_INFINITY ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  const n = window.to - window.from;
  const covariance = sums.xy.total - (sums.x.total * sums.y.total) / n;
  const slope = covariance / (sums.xx.total - (sums.x.total * sums.x.total) / n);
  return { slope, intercept: sums.y.total / n - (slope * sums.x.total) / n };
}

export const deriv: RangeFunction = (window) => {
  if (window.to - window.from < 2) return absent;
  return line(window, timeAt(window, window.from)).slope;
};

export const predictLinear: RangeFunction = (window, seconds) => {
  if (window.to - window.from < 2) return absent;
  const { slope, intercept } = line(window, window.evalMs);
  return slope * seconds + intercept;
};
