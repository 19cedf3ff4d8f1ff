/** Things that arrive, in order, for one consumer. */
export class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #taken: ((item: T) => void) | undefined;
  #ended = false;
  #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  /** `taken` is told of each item when the consumer gets it. */
  constructor(taken?: (item: T) => void) {
    this.#taken = taken;
  }
  push(item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (!waiting) return void this.#items.push(item);
    waiting({ value: item, done: false });
    this.#taken?.(item);
  }
  /** Nothing follows; what is queued is still handed out. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ value: undefined, done: true }) };
  }
  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift() as T;
      this.#taken?.(value);
      return Promise.resolve({ value, done: false });
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
