import type { W3cReadable, W3cReader } from "./w3c.ts";

/** What arrives on a W3C stream of streams or datagrams, one by one as it is asked for: what is not asked for, the platform holds back. */
export class Incoming<T, R> implements AsyncIterable<R> {
  readonly #reader: W3cReader<T>;
  readonly #wrap: (item: T) => R;
  readonly #waiting = new Set<() => void>();
  #over = false;
  constructor(readable: W3cReadable<T>, wrap: (item: T) => R) {
    this.#reader = readable.getReader();
    this.#wrap = wrap;
  }
  /** Nothing follows. The platform ends its side with the session: to cancel it as well has implementations end it twice. */
  end(): void {
    this.#over = true;
    for (const leave of this.#waiting) leave();
  }
  [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ value: undefined, done: true }) };
  }
  #next(): Promise<IteratorResult<R, undefined>> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.delete(leave);
        resolve({ value: undefined, done: true });
      };
      if (this.#over) return leave();
      this.#waiting.add(leave);
      this.#reader.read().then(({ done, value }) => {
        if (done || value === undefined || this.#over) return leave();
        this.#waiting.delete(leave);
        resolve({ value: this.#wrap(value), done: false });
      }, leave); // A failure is the session's, which the transport's `closed` tells.
    });
  }
}
