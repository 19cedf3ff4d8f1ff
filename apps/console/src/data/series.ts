import type { Point, Series } from "@moqscope/telemetry/query";

/** The instants at which a graph has a value: every `stepMs` up to and including `toMs`. */
export interface Grid {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** A series that has not been heard of for longer than this counts for nothing, milliseconds. */
export const lookbackMs = 30_000;

/** One value per instant of a grid; null is no data. */
export type Line = readonly (number | null)[];

/** The instants of a grid, epoch milliseconds. */
export function instants(grid: Grid): number[] {
  const steps = Math.max(0, Math.floor((grid.toMs - grid.fromMs) / grid.stepMs));
  return Array.from({ length: steps + 1 }, (_, index) => grid.toMs - (steps - index) * grid.stepMs);
}

/** The newest value at or before each instant, summed over the series that were heard of within the lookback. */
export function sumOfValues(series: readonly Series[], grid: Grid): Line {
  return summed(series, grid, (points) => {
    const at = cursor(points);
    return (instantMs) => {
      const point = at(instantMs);
      return point === undefined || instantMs - point.atMs > lookbackMs ? null : point.value;
    };
  });
}

/** How much the cumulative series grew in the `windowMs` before each instant, summed. A restart at 0 counts from 0. */
export function sumOfIncreases(series: readonly Series[], grid: Grid, windowMs: number): Line {
  return summed(series, grid, (points) => {
    const span = spans(points, windowMs);
    return (instantMs) => {
      const { start, end } = span(instantMs);
      return start === undefined || end === undefined ? null : end.value - start.value;
    };
  });
}

/** The cumulative series' growth per second in the `windowMs` before each instant, over the time that their samples cover, summed. */
export function sumOfRates(series: readonly Series[], grid: Grid, windowMs: number): Line {
  return summed(series, grid, (points) => {
    const span = spans(points, windowMs);
    return (instantMs) => {
      const { start, end } = span(instantMs);
      if (start === undefined || end === undefined || end.atMs - start.atMs < shortestRateMs) return null;
      return ((end.value - start.value) * 1000) / (end.atMs - start.atMs);
    };
  });
}

/** `above / below` where both are known and there is something to divide by. */
export function quotient(above: Line, below: Line): Line {
  return below.map((value, index) => {
    const numerator = above[index];
    return value === null || value <= 0 || numerator === null || numerator === undefined ? null : numerator / value;
  });
}

/** The sums of histogram series as series of their own. */
export function sumsOf(series: readonly Series[]): Series[] {
  return series.flatMap((one) => (one.sum === undefined ? [] : [{ ...one, points: one.sum }]));
}

/** A rate over less time than this says nothing, milliseconds. */
const shortestRateMs = 500;

interface Span {
  readonly start: Point | undefined;
  readonly end: Point | undefined;
}

/** The first and last sample of the window before an instant; nothing of a series that went silent. */
function spans(points: readonly Point[], windowMs: number): (instantMs: number) => Span {
  const rising = withoutResets(points);
  const newest = cursor(rising);
  const older = cursor(rising);
  return (instantMs) => {
    const end = newest(instantMs);
    const start = older(instantMs - windowMs) ?? rising[0];
    const isSilent = end !== undefined && instantMs - end.atMs > Math.max(windowMs, lookbackMs);
    return isSilent ? { start: undefined, end: undefined } : { start, end };
  };
}

type Sampler = (instantMs: number) => number | null;

function summed(series: readonly Series[], grid: Grid, sampler: (points: readonly Point[]) => Sampler): Line {
  const samplers = series.map((one) => sampler(one.points));
  return instants(grid).map((instantMs) => {
    let total: number | null = null;
    for (const sample of samplers) {
      const value = sample(instantMs);
      if (value !== null) total = (total ?? 0) + value;
    }
    return total;
  });
}

/** Finds the newest point at or before an instant; instants must be asked for in rising order. */
function cursor(points: readonly Point[]): (instantMs: number) => Point | undefined {
  let next = 0;
  return (instantMs) => {
    for (let point = points[next]; point !== undefined && point.atMs <= instantMs; point = points[next]) next += 1;
    return points[next - 1];
  };
}

/** The same counter as if its process had never restarted. */
function withoutResets(points: readonly Point[]): Point[] {
  let lost = 0;
  let before: number | undefined;
  return points.map((point) => {
    if (before !== undefined && point.value < before) lost += before;
    before = point.value;
    return { atMs: point.atMs, value: point.value + lost };
  });
}
