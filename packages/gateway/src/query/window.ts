import type { Distribution } from "@moqscope/telemetry/query";
import { countColumn, firstBucketColumn, type StoredSeries, sumColumn } from "../store/series.ts";

/** A rate over less than this says nothing. */
const shortestRateMs = 500;

/**
 * How much a cumulative column grew since `fromMs`. It starts from the newest sample at or before `fromMs`, else from the first there is
 * (a series born inside the window begins with its zero mark); a fall is a restart from zero.
 */
export function increase(series: StoredSeries, fromMs: number, column = 0): number {
  const { ring } = series;
  let total = 0;
  const base = Math.max(0, ring.indexAt(fromMs));
  let previous = ring.at(base, column);
  for (let index = base + 1; index < ring.size; index++) {
    const value = ring.at(index, column);
    total += value >= previous ? value - previous : value;
    previous = value;
  }
  return total;
}

/** Growth per second since `fromMs`, over the time that the samples cover; `undefined` where they cover too little. */
export function rate(series: StoredSeries, fromMs: number): number | undefined {
  const { ring, source } = series;
  if (ring.size === 0) return undefined;
  const untilMs = ring.timeAt(ring.size - 1);
  const base = ring.indexAt(fromMs);
  let sinceMs = Math.max(fromMs, Math.min(source.bornMs, ring.timeAt(0)));
  // inside a flat stretch the value of its start is also the value at fromMs
  if (base >= 0) sinceMs = base + 1 < ring.size && ring.at(base) !== ring.at(base + 1) ? ring.timeAt(base) : fromMs;
  const spanMs = Math.max(untilMs, series.lastMs) - sinceMs;
  return spanMs < shortestRateMs ? undefined : (increase(series, fromMs) * 1000) / spanMs;
}

/** Many histograms of the same bounds, as what happened to all of them since `fromMs`. `undefined` when nothing was recorded. */
export function distribution(all: Iterable<StoredSeries>, fromMs: number): Distribution | undefined {
  let count = 0;
  let sum = 0;
  let atMs = 0;
  let bounds: readonly number[] = [];
  let buckets: number[] = [];
  for (const series of all) {
    if (series.shape.bounds === undefined || series.lastMs < fromMs) continue;
    const grown = increase(series, fromMs, countColumn);
    if (grown === 0) continue;
    if (buckets.length === 0) {
      bounds = series.shape.bounds;
      buckets = Array.from({ length: bounds.length + 1 }, () => 0);
    }
    count += grown;
    sum += increase(series, fromMs, sumColumn);
    atMs = Math.max(atMs, series.lastMs);
    for (let bucket = 0; bucket < buckets.length; bucket++) {
      buckets[bucket] = (buckets[bucket] ?? 0) + increase(series, fromMs, firstBucketColumn + bucket);
    }
  }
  if (count === 0) return undefined;
  return { count, sum, p50: quantile(0.5, bounds, buckets), p95: quantile(0.95, bounds, buckets), atMs };
}

/**
 * The value below which the part `q` of the observations lies, linear inside its bucket as in Prometheus' `histogram_quantile`: the first
 * bucket begins at 0, and what lies in the last one counts as the highest bound. NaN without observations.
 */
export function quantile(q: number, bounds: readonly number[], buckets: readonly number[]): number {
  const total = buckets.reduce((all, count) => all + count, 0);
  if (total === 0 || bounds.length === 0) return Number.NaN;
  const rank = q * total;
  let below = 0;
  for (let bucket = 0; bucket < bounds.length; bucket++) {
    const inside = buckets[bucket] ?? 0;
    if (inside > 0 && below + inside >= rank) {
      const upper = bounds[bucket] ?? 0;
      const lower = bucket === 0 ? Math.min(0, upper) : (bounds[bucket - 1] ?? 0);
      return lower + (upper - lower) * ((rank - below) / inside);
    }
    below += inside;
  }
  return bounds.at(-1) ?? Number.NaN;
}
