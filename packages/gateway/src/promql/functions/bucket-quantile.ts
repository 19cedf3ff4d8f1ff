/** A bucket of a classic histogram: how many observations lie at or below a bound. */
export interface Bucket {
  readonly bound: number;
  count: number;
}

/** Differences smaller than this part are rounding, in either direction. */
const tolerance = 1e-12;
const smallestNormal = 2.2250738585072014e-308;

/** A quantile of a histogram, and whether its counts had to be made to rise first. */
export interface BucketQuantile {
  readonly value: number;
  readonly wasForced: boolean;
}

/**
 * The quantile of a histogram, linear inside its bucket (promql/quantile.go, BucketQuantile): the lowest bucket begins at 0 where its bound
 * is positive, what lies above the highest finite bound counts as that bound. `buckets` rise by bound and are changed here.
 */
export function bucketQuantile(q: number, buckets: Bucket[]): BucketQuantile {
  if (Number.isNaN(q)) return { value: Number.NaN, wasForced: false };
  if (q < 0) return { value: Number.NEGATIVE_INFINITY, wasForced: false };
  if (q > 1) return { value: Number.POSITIVE_INFINITY, wasForced: false };
  if (buckets.at(-1)?.bound !== Number.POSITIVE_INFINITY) return { value: Number.NaN, wasForced: false };
  const merged = mergeEqual(buckets);
  const wasForced = makeRise(merged);
  return { value: inside(q, merged), wasForced };
}

function inside(q: number, buckets: readonly Bucket[]): number {
  const observations = buckets.at(-1)?.count ?? 0;
  const finite = buckets.slice(0, -1);
  const highest = finite.at(-1);
  if (highest === undefined || observations === 0) return Number.NaN;
  const rank = q * observations;
  let lower: Bucket | undefined;
  for (const { bound, count } of finite) {
    if (count >= rank) return lower === undefined && bound <= 0 ? bound : between(lower ?? origin, { bound, count }, rank);
    lower = { bound, count };
  }
  return highest.bound;
}

const origin: Bucket = { bound: 0, count: 0 };

function between(lower: Bucket, upper: Bucket, rank: number): number {
  return lower.bound + (upper.bound - lower.bound) * ((rank - lower.count) / (upper.count - lower.count));
}

/** One bound can be spelled in two ways (`2` and `2.0`); its counts add up. */
function mergeEqual(buckets: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last?.bound === bucket.bound) last.count += bucket.count;
    else merged.push({ ...bucket });
  }
  return merged;
}

/** Counts never fall from bucket to bucket; where rates of buckets that were read at different moments do, they are lifted. */
function makeRise(buckets: readonly Bucket[]): boolean {
  let wasForced = false;
  let before = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    const { count } = bucket;
    if (count === before) continue;
    if (isAlmost(before, count)) bucket.count = before;
    else if (count < before) {
      bucket.count = before;
      wasForced = true;
    } else before = count;
  }
  return wasForced;
}

function isAlmost(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  const both = Math.abs(a) + Math.abs(b);
  const apart = Math.abs(a - b);
  if (a === 0 || b === 0 || both < smallestNormal) return apart < tolerance * smallestNormal;
  return apart / Math.min(both, Number.MAX_VALUE) < tolerance;
}
