import type { W3cReadable, W3cReader } from "./w3c.ts";

/** What arrives on a W3C stream of streams or datagrams, one by one as it is asked for: what is not asked for, the platform holds back. */
export class Incoming<T, R> implements AsyncIterable<R> {
  readonly #reader: W3cReader<T>;
  readonly #wrap: (item: T) => R;
  #over = false;
  constructor(readable: W3cReadable<T>, wrap: (item: T) => R) {
    this.#reader = readable.getReader();
    this.#wrap = wrap;
  }
  /** Nothing follows. */
  end(): void {
    this.#over = true;
    this.#reader.cancel().catch(() => {}); // It has ended with its session.
  }
  [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ value: undefined, done: true }) };
  }
  async #next(): Promise<IteratorResult<R, undefined>> {
    try {
      const { done, value } = await this.#reader.read();
      if (!done && value !== undefined && !this.#over) return { value: this.#wrap(value), done: false };
    } catch {
      // The session is over, which the transport's `closed` tells.
    }
    return { value: undefined, done: true };
  }
}
