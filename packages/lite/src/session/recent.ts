/** Sequences seen lately, in bounded memory, each with how it was seen. */
export class Recent<T> {
  readonly #limit: number;
  readonly #seen = new Map<number, T>();
  constructor(limit = 1024) {
    this.#limit = limit;
  }
  get(sequence: number): T | undefined {
    return this.#seen.get(sequence);
  }
  add(sequence: number, how: T): void {
    this.#seen.set(sequence, how);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#limit && oldest !== undefined) this.#seen.delete(oldest);
  }
}
