import { absent } from "../tsdb/sample.ts";

/**
 * The samples of one series in one range (startMs, endMs], left-open as in Prometheus 3: indices `from` to `to - 1` of `times` and
 * `values`. One object is moved over all ranges of a series.
 */
export interface Window {
  readonly times: Float64Array;
  readonly values: Float64Array;
  from: number;
  to: number;
  startMs: number;
  endMs: number;
  /** The moment of evaluation, which `offset` and `@` do not move. */
  evalMs: number;
}

/** One number of a range with at least one sample; {@link absent} where there is none to give. `parameter`: the other argument. */
export type RangeFunction = (window: Window, parameter: number) => number;

export function timeAt(window: Window, index: number): number {
  return window.times[index] ?? Number.NaN;
}

export function valueAt(window: Window, index: number): number {
  return window.values[index] ?? Number.NaN;
}

export { absent };
