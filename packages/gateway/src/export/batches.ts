/** Serialised requests of one signal; two of them one after the other are a request again, because their one field is repeated. */
export interface Batch {
  readonly bytes: Uint8Array;
  /** Spans or log records. */
  readonly items: number;
}

export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/** A bounded queue of batches: what is over drops the oldest, so that a receiver that is away costs history, never memory. */
export class Batches {
  readonly #limits: BatchLimits;
  readonly #dropped: (batches: number) => void;
  #waiting: Batch[] = [];
  #items = 0;
  #bytes = 0;

  constructor(limits: BatchLimits, dropped: (batches: number) => void) {
    this.#limits = limits;
    this.#dropped = dropped;
  }

  /** Items that wait. */
  get items(): number {
    return this.#items;
  }

  get bytes(): number {
    return this.#bytes;
  }

  put(batch: Batch): void {
    this.#waiting.push(batch);
    this.#count(batch, 1);
    this.#trim();
  }

  /** Takes the oldest batches out, up to so many items and bytes, one of them at least. */
  take({ items, bytes }: BatchLimits): readonly Batch[] {
    let count = 0;
    let all = 0;
    let size = 0;
    for (const batch of this.#waiting) {
      if (count > 0 && (all + batch.items > items || size + batch.bytes.byteLength > bytes)) break;
      all += batch.items;
      size += batch.bytes.byteLength;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    for (const batch of taken) this.#count(batch, -1);
    return taken;
  }

  /** Puts batches back that could not be sent: they are the oldest. */
  putBack(batches: readonly Batch[]): void {
    this.#waiting.unshift(...batches);
    for (const batch of batches) this.#count(batch, 1);
    this.#trim();
  }

  #trim(): void {
    let dropped = 0;
    // the newest stays, whatever its size: the face that it came in by has bounded it
    while (this.#items > this.#limits.items || this.#bytes > this.#limits.bytes) {
      const oldest = this.#waiting[dropped];
      if (oldest === undefined || dropped === this.#waiting.length - 1) break;
      this.#count(oldest, -1);
      dropped++;
    }
    if (dropped === 0) return;
    this.#waiting.splice(0, dropped);
    this.#dropped(dropped);
  }

  #count({ items, bytes }: Batch, sign: 1 | -1): void {
    this.#items += sign * items;
    this.#bytes += sign * bytes.byteLength;
  }
}
