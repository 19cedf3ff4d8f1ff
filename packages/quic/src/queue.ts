/** Things that arrive, for one consumer. */
export class Queue<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #items: T[] = [];
  readonly #limit: number;
  readonly #taken: (() => void) | undefined;
  #head = 0;
  #ended = false;
  #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];

  /** More than `limit` waiting items push the oldest out; `taken` is told of each that the consumer got. */
  constructor(limit: number = Number.POSITIVE_INFINITY, taken?: () => void) {
    this.#limit = limit;
    this.#taken = taken;
  }

  push(item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      this.#taken?.();
      waiting({ done: false, value: item });
      return;
    }
    this.#items.push(item);
    if (this.#items.length - this.#head > this.#limit) this.#head += 1;
    this.#compact();
  }

  /** What is there is still given out. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items[this.#head];
    if (item !== undefined) {
      this.#head += 1;
      this.#compact();
      this.#taken?.();
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this;
  }

  #compact(): void {
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
