/**
 * What a slot without a sample holds. Numbers that no metric has rather than NaN payloads: JavaScript does not promise to keep those, and
 * NaN itself is a value that a rule may give.
 */
export const absent = -Number.MAX_VALUE;
/** A staleness marker: from here on the series is known to have no value (Prometheus' StaleNaN). */
export const stale = -1.7976931348623155e308;

/** A value that may be stored: the two numbers above are spoken for, a sample that is one of them becomes their neighbour. */
export function storable(value: number): number {
  return value === absent || value === stale ? -1.7976931348623153e308 : value;
}

/** Samples of one series, oldest first, that grow as they are read. `values` may hold {@link stale}. */
export class SampleList {
  times: Float64Array = new Float64Array(64);
  values: Float64Array = new Float64Array(64);
  size = 0;

  push(atMs: number, value: number): void {
    if (this.size === this.times.length) this.#grow();
    this.times[this.size] = atMs;
    this.values[this.size++] = value;
  }

  clear(): void {
    this.size = 0;
  }

  /** Takes the oldest out. */
  dropFirst(count: number): void {
    this.times.copyWithin(0, count, this.size);
    this.values.copyWithin(0, count, this.size);
    this.size -= count;
  }

  /** Takes the markers out: what is left are samples. */
  dropStale(): void {
    let kept = 0;
    for (let index = 0; index < this.size; index++) {
      const value = this.values[index] ?? stale;
      if (value === stale) continue;
      this.times[kept] = this.times[index] ?? 0;
      this.values[kept++] = value;
    }
    this.size = kept;
  }

  #grow(): void {
    const times = new Float64Array(this.size * 2);
    const values = new Float64Array(this.size * 2);
    times.set(this.times);
    values.set(this.values);
    this.times = times;
    this.values = values;
  }
}
