import type { FleetMetric } from "./vocabulary.ts";

/** Slack of every rule: reports travel and start before the gateway sees them. */
const slackSeconds = 5;
/** What one session can do at most in a second (fleet aggregation, section 8). */
const perSecond = {
  frame_rate: 300,
  byte_rate: 125e6,
  count_rate: 20,
  group_rate: 500,
  session_points: 2,
  elapsed_play: 1,
  elapsed_rebuffer: 1,
};
const longestLatencySeconds = 120;

/**
 * The most that one point of a session may have counted after `elapsedSeconds` on the gateway's clock: no viewer plays 60 s in 30 s.
 * For histograms the number of observations.
 */
export function mostCounted(metric: FleetMetric, elapsedSeconds: number): number {
  const { clamp } = metric;
  if (clamp === undefined) return Number.POSITIVE_INFINITY;
  const rate = clamp === "latency_range" ? perSecond.session_points : perSecond[clamp];
  return rate * (elapsedSeconds + slackSeconds);
}

/** The growth of one point in an array of many: the value, or count, sum and buckets. */
export interface Growth {
  readonly numbers: Float64Array;
  readonly from: number;
}

/** Cuts the growth of a point to what physics allows; says whether it had to. */
export function clampGrowth(metric: FleetMetric, growth: Growth, most: number): boolean {
  const { bounds } = metric;
  const { numbers, from } = growth;
  const first = numbers[from] ?? 0;
  if (bounds === undefined) {
    if (first <= most) return false;
    numbers[from] = Math.max(0, most);
    return true;
  }
  if (first > most) {
    // which of its observations are the true ones nobody knows
    numbers.fill(0, from, from + metric.width);
    return true;
  }
  const highest = highestSum(bounds, growth, metric.clamp === "latency_range" ? longestLatencySeconds : undefined);
  const isTooHigh = (numbers[from + 1] ?? 0) > highest;
  if (isTooHigh) numbers[from + 1] = highest;
  return isTooHigh;
}

/** The highest sum that the buckets allow. Above the last bound a value counts as `top`, by default a hundred times that bound. */
function highestSum(bounds: readonly number[], { numbers, from }: Growth, top = (bounds.at(-1) ?? 0) * 100): number {
  let sum = 0;
  for (let bucket = 0; bucket <= bounds.length; bucket++) sum += (numbers[from + 2 + bucket] ?? 0) * (bounds[bucket] ?? top);
  // the sum of many floating-point values may stand a little above the sum of their bounds
  return sum * (1 + 1e-9) + 1e-9;
}
