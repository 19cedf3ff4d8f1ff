/** A number in [0, 1) from a seed, so that a run can be repeated in the same order (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    [order[last], order[at]] = [order[at] as T, order[last] as T];
  }
  return order;
}

/** The value below which `share` of the values lie, interpolated; `undefined` of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (at - Math.floor(at));
}

export interface Estimate {
  readonly median: number;
  /** Ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The median with its 95 % interval; `undefined` of nothing. */
export function estimate(values: readonly number[], random: () => number): Estimate | undefined {
  return estimateOf(values, (sample) => quantile(sample, 0.5), random);
}

/** A figure of many items with its 95 % interval by bootstrap (percentiles of the figures of resamples); `undefined` where it has none. */
export function estimateOf<T>(
  items: readonly T[],
  figure: (sample: readonly T[]) => number | undefined,
  random: () => number,
): Estimate | undefined {
  const median = figure(items);
  if (median === undefined) return undefined;
  const figures = Array.from({ length: resamples }, () => figure(items.map(() => items[Math.floor(random() * items.length)] as T))).filter(
    (value) => value !== undefined,
  );
  return { median, low: quantile(figures, 0.025) as number, high: quantile(figures, 0.975) as number, count: items.length };
}
const resamples = 2000;
