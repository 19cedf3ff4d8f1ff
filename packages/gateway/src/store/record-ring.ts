/** A record with its place in the order of arrival. */
export interface Entry<T> {
  readonly item: T;
  /** Grows by one with each record; a cursor of a page. */
  readonly order: number;
  readonly arrivedMs: number;
  readonly bytes: number;
  isGone: boolean;
}
/** Which records of a ring, newest first. */
export interface Page<T> {
  readonly limit: number;
  /** Only records that came before this one. */
  readonly before?: number | undefined;
  matches(item: T): boolean;
}
export interface Found<T> {
  readonly items: readonly T[];
  /** Where the next page begins; `undefined` where there is none. */
  readonly next: number | undefined;
}

/** Records looked at for one page: a filter that finds little gives a short page with a way on, and does not hold up everyone else. */
const scannedPerPage = 20_000;

/** Records in the order in which they came. Who owns it bounds it, by `oldest` and `remove`. */
export class RecordRing<T> {
  #entries: Entry<T>[] = [];
  #order = 0;
  #first = 0;
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Estimated bytes of memory. */
  get bytes(): number {
    return this.#bytes;
  }

  push(item: T, bytes: number, arrivedMs: number): Entry<T> {
    const entry = { item, order: ++this.#order, arrivedMs, bytes, isGone: false };
    this.#entries.push(entry);
    this.#size++;
    this.#bytes += bytes;
    return entry;
  }

  /** The oldest record that is still there. */
  get oldest(): Entry<T> | undefined {
    while (this.#entries[this.#first]?.isGone === true) this.#first++;
    return this.#entries[this.#first];
  }

  remove(entry: Entry<T>): void {
    if (entry.isGone) return;
    entry.isGone = true;
    this.#size--;
    this.#bytes -= entry.bytes;
    // a copy of the whole only now and then
    if (this.#entries.length > 64 && this.#size < this.#entries.length / 2) this.#compact();
  }

  /** Oldest first. */
  *all(): Generator<Entry<T>> {
    for (const entry of this.#entries) if (!entry.isGone) yield entry;
  }

  page(page: Page<T>): Found<T> {
    const { limit, before } = page;
    const items: T[] = [];
    let scanned = 0;
    for (let index = this.#indexBefore(before) - 1; index >= 0; index--) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.isGone) continue;
      if (items.length === limit || scanned === scannedPerPage) return { items, next: entry.order + 1 };
      scanned++;
      if (page.matches(entry.item)) items.push(entry.item);
    }
    return { items, next: undefined };
  }

  /** How many entries came before a place in the order. */
  #indexBefore(before: number | undefined): number {
    if (before === undefined) return this.#entries.length;
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.order ?? 0) < before) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    this.#entries = this.#entries.filter((entry) => !entry.isGone);
    this.#first = 0;
  }
}
