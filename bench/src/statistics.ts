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

/** The median with its 95 % interval by bootstrap (percentiles of the medians of resamples); `undefined` of nothing. */
export function estimate(values: readonly number[], random: () => number, resamples = 2000): Estimate | undefined {
  const median = quantile(values, 0.5);
  if (median === undefined) return undefined;
  const medians = Array.from({ length: resamples }, () => {
    const sample = values.map(() => values[Math.floor(random() * values.length)] as number);
    return quantile(sample, 0.5) as number;
  });
  return { median, low: quantile(medians, 0.025) as number, high: quantile(medians, 0.975) as number, count: values.length };
}
