import type { Distribution } from "@moqscope/telemetry/query";
import { countColumn, firstBucketColumn, type StoredSeries, sumColumn } from "../store/series.ts";
import { SampleList } from "../tsdb/sample.ts";

/** A rate over less than this says nothing. */
const shortestRateMs = 1_000;
/** How far before a window a sample may lie that it starts from. */
const longestGapMs = 60_000;

/** The full second at or before a time: where samples stand. */
const secondOf = (ms: number): number => Math.floor(ms / 1000) * 1000;

/** Samples of one column after `fromMs`, the newest one as it stands. Buckets are cumulative, as Prometheus has them. */
export function samplesOf(series: StoredSeries, fromMs: number, column: number): SampleList {
  const lastMs = secondOf(series.lastMs);
  // what stands after its newest sample was never sent
  const samples = series.past[column]?.read(fromMs, lastMs - 1) ?? new SampleList();
  samples.dropStale();
  if (!series.hasValue || lastMs <= fromMs) return samples;
  const zeroMs = Math.min(secondOf(series.zeroMs), lastMs - 1000);
  if (samples.size === 0 && !series.isResumed && zeroMs > fromMs) samples.push(zeroMs, 0);
  samples.push(lastMs, cumulative(series, column));
  return samples;
}

function cumulative(series: StoredSeries, column: number): number {
  let value = series.newest(column);
  for (let below = firstBucketColumn; below < column; below++) value += series.newest(below);
  return value;
}

/** The same, from the newest sample at or before `fromMs` on where there is one. */
function windowOf(series: StoredSeries, fromMs: number, column: number): SampleList {
  const samples = samplesOf(series, fromMs - Math.max(longestGapMs, series.source.ttlMs), column);
  let before = 0;
  while (before + 1 < samples.size && (samples.times[before + 1] ?? 0) <= fromMs) before++;
  samples.dropFirst(before);
  return samples;
}

/**
 * How much a cumulative column grew since `fromMs`. It starts from the newest sample at or before `fromMs`, else from the first there is
 * (a series born inside the window begins with its zero); a fall is a restart from zero.
 */
export function increase(series: StoredSeries, fromMs: number, column = 0): number {
  return series.movedMs < fromMs ? 0 : growth(windowOf(series, fromMs, column));
}

function growth({ values, size }: SampleList): number {
  let total = 0;
  let previous = values[0] ?? 0;
  for (let index = 1; index < size; index++) {
    const value = values[index] ?? 0;
    total += value >= previous ? value - previous : value;
    previous = value;
  }
  return total;
}

/** Growth per second since `fromMs`, over the time that the samples cover; `undefined` where they cover too little. */
export function rate(series: StoredSeries, fromMs: number): number | undefined {
  const samples = windowOf(series, fromMs, 0);
  if (samples.size === 0) return undefined;
  const firstMs = samples.times[0] ?? 0;
  const sinceMs = firstMs <= fromMs ? firstMs : Math.max(fromMs, Math.min(secondOf(series.source.bornMs), firstMs));
  const spanMs = secondOf(series.lastMs) - sinceMs;
  return spanMs < shortestRateMs ? undefined : (growth(samples) * 1000) / spanMs;
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
    let below = 0;
    for (let bucket = 0; bucket < buckets.length; bucket++) {
      const upTo = increase(series, fromMs, firstBucketColumn + bucket);
      buckets[bucket] = (buckets[bucket] ?? 0) + upTo - below;
      below = upTo;
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
