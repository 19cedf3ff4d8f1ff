/** A histogram as a relay keeps it: values per bucket, the last one without a bound. */
export interface Buckets {
  /** Upper bounds in seconds. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}
export const none: Buckets = { bounds: [], counts: [] };

/** Histograms of the same bounds as one; `undefined` where nothing was counted. */
export function sum(all: readonly Buckets[]): Buckets | undefined {
  const first = all.find(({ bounds }) => bounds.length > 0);
  if (!first) return undefined;
  const counts = first.counts.map((_, index) => all.reduce((total, one) => total + (one.counts[index] ?? 0), 0));
  return counts.some((count) => count > 0) ? { bounds: first.bounds, counts } : undefined;
}

/** Milliseconds between which a quantile lies; above the last bound the upper end is infinite. */
export function quantileWithin({ bounds, counts }: Buckets, share: number): readonly [lowMs: number, highMs: number] {
  const wanted = share * counts.reduce((total, count) => total + count, 0);
  let reached = 0;
  const at = counts.findIndex((count) => (reached += count) >= wanted && count > 0);
  return [1000 * (bounds[at - 1] ?? 0), 1000 * (bounds[at] ?? Number.POSITIVE_INFINITY)];
}
