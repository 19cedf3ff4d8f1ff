import type { Counter, Gauge, Histogram, Lease, UpDownCounter } from "./recorder.ts";

/** Cells of one slab: one allocation serves many series. */
const slabSize = 256;

/** Hands out number cells that never move; a cell nobody wrote is NaN. */
export class Slabs {
  #slab = new Float64Array(0);
  #used = 0;

  take(): { readonly values: Float64Array; readonly index: number } {
    if (this.#used === this.#slab.length) {
      this.#slab = new Float64Array(slabSize).fill(Number.NaN);
      this.#used = 0;
    }
    return { values: this.#slab, index: this.#used++ };
  }
}

abstract class NumberCell {
  protected readonly values: Float64Array;
  protected readonly index: number;

  constructor(slabs: Slabs) {
    const { values, index } = slabs.take();
    this.values = values;
    this.index = index;
  }

  /** `undefined` as long as nothing was recorded. */
  read(): number | undefined {
    const value = this.values[this.index];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }
}

export class CounterCell extends NumberCell implements Counter {
  add(value = 1): void {
    // False for NaN too: one poisoned addition would stay for ever.
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    const { values, index } = this;
    const now = values[index] as number;
    values[index] = Number.isNaN(now) ? value : now + value;
  }
}

export class GaugeCell extends NumberCell implements Gauge {
  set(value: number | undefined): void {
    this.values[this.index] = value === undefined || !Number.isFinite(value) ? Number.NaN : value;
  }
}

const held = (value: number): number => (value >= 0 && value < Number.POSITIVE_INFINITY ? value : 0);

export class UpDownCell extends NumberCell implements UpDownCounter {
  acquire(value = 1): Lease {
    let amount = held(value);
    let released = false;
    this.#shift(amount);
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#shift(-amount);
      },
      set: (next) => {
        if (released || !Number.isFinite(next)) return;
        this.#shift(held(next) - amount);
        amount = held(next);
      },
    };
  }

  #shift(by: number): void {
    const now = this.values[this.index] as number;
    this.values[this.index] = Number.isNaN(now) ? by : now + by;
  }
}

export class HistogramCell implements Histogram {
  readonly #bounds: readonly number[];
  readonly #buckets: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = new Float64Array(bounds.length + 1);
  }

  record(value: number): void {
    this.recordMany(value, 1);
  }

  /** The same value `times` times, for sources that count by themselves. */
  recordMany(value: number, times: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY) || !(times > 0 && times < Number.POSITIVE_INFINITY)) return;
    let bucket = 0;
    // Bounds are inclusive upper bounds (OTLP HistogramDataPoint.explicit_bounds).
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + times;
    this.#sum += value * times;
    this.#count += times;
  }

  read(): { readonly count: number; readonly sum: number; readonly buckets: readonly number[] } | undefined {
    return this.#count === 0 ? undefined : { count: this.#count, sum: this.#sum, buckets: Array.from(this.#buckets) };
  }
}
