/** Newest items of a kind, bounded by count and age; the oldest fall out. */
export class RecordRing<T> {
  readonly #limit: number;
  readonly #keptMs: number;
  #items: { readonly item: T; readonly arrivedMs: number }[] = [];

  constructor(limit: number, keptMs: number) {
    this.#limit = limit;
    this.#keptMs = keptMs;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T, nowMs: number): void {
    this.#items.push({ item, arrivedMs: nowMs });
    // half as much again before the cut, so that a push costs a copy of the whole only now and then
    if (this.#items.length > this.#limit * 1.5) this.#items = this.#items.slice(-this.#limit);
  }

  /** Newest first, at most `count`, those that `matches` accepts. */
  newest(nowMs: number, count: number, matches: (item: T) => boolean = () => true): T[] {
    const found: T[] = [];
    const oldest = Math.max(0, this.#items.length - this.#limit);
    for (let index = this.#items.length - 1; index >= oldest && found.length < count; index--) {
      const entry = this.#items[index];
      if (entry === undefined || nowMs - entry.arrivedMs > this.#keptMs) break;
      if (matches(entry.item)) found.push(entry.item);
    }
    return found;
  }

  /** Forgets what is too old. */
  expire(nowMs: number): void {
    const first = this.#items.findIndex((entry) => nowMs - entry.arrivedMs <= this.#keptMs);
    if (first !== 0) this.#items = first < 0 ? [] : this.#items.slice(first);
  }
}
