/** First in, first out; beyond its limit the oldest is dropped and counted. */
export class BoundedQueue<T> {
  readonly #limit: number;
  #items: T[] = [];
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#trim();
  }

  take(most: number): T[] {
    return this.#items.splice(0, most);
  }

  /** Gives back what did not arrive. */
  putBack(items: readonly T[]): void {
    this.#items = [...items, ...this.#items];
    this.#trim();
  }

  #trim(): void {
    const excess = this.#items.length - this.#limit;
    if (excess <= 0) return;
    this.#items.splice(0, excess);
    this.#dropped += excess;
  }
}
