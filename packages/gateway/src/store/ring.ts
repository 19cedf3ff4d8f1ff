/** Seconds kept of every series. */
export const keptSeconds = 900;
const firstCapacity = 8;

/**
 * The samples of one series: the last row of each second, oldest first, at most {@link keptSeconds} of them, in typed arrays that grow
 * with what is there. A flat stretch keeps its two ends only, so a series that does not move costs two rows.
 */
export class SampleRing {
  /** Numbers per sample: 1, or count, sum and buckets of a histogram. */
  readonly width: number;
  #times: Float64Array;
  #rows: Float64Array;
  /** 1 where the stretch since the sample before is flat and without a pause. */
  #flat: Uint8Array;
  #first = 0;
  #size = 0;
  #lastIsMark = false;

  constructor(width: number) {
    this.width = width;
    this.#times = new Float64Array(firstCapacity);
    this.#rows = new Float64Array(firstCapacity * width);
    this.#flat = new Uint8Array(firstCapacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Epoch milliseconds of the sample at `index` (0 is the oldest), or NaN outside. */
  timeAt(index: number): number {
    return index >= 0 && index < this.#size ? (this.#times[this.#slot(index)] ?? Number.NaN) : Number.NaN;
  }

  /** One number of the sample at `index`, or NaN outside. */
  at(index: number, column = 0): number {
    if (index < 0 || index >= this.#size) return Number.NaN;
    return this.#rows[this.#slot(index) * this.width + column] ?? Number.NaN;
  }

  /** Whether every second between the sample at `index` and the one before had the value of both. */
  isFlatUntil(index: number): boolean {
    return index > 0 && index < this.#size && this.#flat[this.#slot(index)] === 1;
  }

  /** Adds a sample; one of the same second is replaced. After a pause longer than `pauseMs` nothing is known of the time between. */
  push(atMs: number, row: ArrayLike<number>, pauseMs: number): void {
    const last = this.#size - 1;
    const isSameSecond = last >= 0 && !this.#lastIsMark && Math.floor(this.timeAt(last) / 1000) === Math.floor(atMs / 1000);
    if (!isSameSecond && atMs - this.timeAt(last) <= pauseMs && this.#equals(last, row) && this.#equals(last - 1, row)) {
      this.#write(last, atMs, row);
      this.#flat[this.#slot(last)] = 1;
    } else if (isSameSecond) {
      this.#write(last, atMs, row);
      if (!this.#equals(last - 1, row)) this.#flat[this.#slot(last)] = 0;
    } else this.#append(atMs, row);
    this.#lastIsMark = false;
  }

  /** Says that the counter was zero at `atMs`: a series was born or began again. Never replaced by the sample that follows. */
  mark(atMs: number): void {
    const last = this.#size - 1;
    this.#append(last < 0 ? atMs : Math.max(atMs, this.timeAt(last)), new Float64Array(this.width));
    this.#lastIsMark = true;
  }

  /** Forgets every sample. */
  clear(): void {
    this.#first = 0;
    this.#size = 0;
    this.#lastIsMark = false;
  }

  /** Index of the newest sample at or before `atMs`, or -1. */
  indexAt(atMs: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #equals(index: number, row: ArrayLike<number>): boolean {
    for (let column = 0; column < this.width; column++) if (this.at(index, column) !== row[column]) return false;
    return true;
  }

  #append(atMs: number, row: ArrayLike<number>): void {
    if (this.#size === this.#times.length) {
      if (this.#size < keptSeconds) this.#grow();
      else {
        this.#first = (this.#first + 1) % this.#times.length;
        this.#size--;
      }
    }
    this.#size++;
    this.#write(this.#size - 1, atMs, row);
    this.#flat[this.#slot(this.#size - 1)] = 0;
  }

  #write(index: number, atMs: number, row: ArrayLike<number>): void {
    const slot = this.#slot(index);
    this.#times[slot] = atMs;
    for (let column = 0; column < this.width; column++) this.#rows[slot * this.width + column] = row[column] ?? 0;
  }

  /** Only a full ring grows, and it has not turned round before it reached its last capacity: the order in memory is the order in time. */
  #grow(): void {
    const capacity = Math.min(keptSeconds, this.#times.length * 2);
    const times = new Float64Array(capacity);
    const rows = new Float64Array(capacity * this.width);
    times.set(this.#times);
    rows.set(this.#rows);
    const flat = new Uint8Array(capacity);
    flat.set(this.#flat);
    this.#flat = flat;
    this.#times = times;
    this.#rows = rows;
  }

  #slot(index: number): number {
    return (this.#first + index) % this.#times.length;
  }
}
