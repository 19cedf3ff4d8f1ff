/**
 * The `q` quantile of an explicit-bucket histogram by linear interpolation, as Prometheus does it: undefined without
 * samples, the highest bound when the rank lies above it. `buckets` has one entry more than `bounds`.
 */
export function quantile(q: number, bounds: readonly number[], buckets: readonly number[]): number | undefined {
  const total = buckets.reduce((sum, bucket) => sum + bucket, 0);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    const inside = buckets[index] ?? 0;
    if (inside > 0 && below + inside >= rank) {
      const lower = index === 0 ? Math.min(0, bound) : (bounds[index - 1] ?? 0);
      return lower + ((bound - lower) * (rank - below)) / inside;
    }
    below += inside;
  }
  return bounds.at(-1);
}
