/** What arrives, in order, for one reader. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #over: { readonly error?: unknown } | undefined;
  #wake = (): void => {};
  put(item: T): void {
    this.#items.push(item);
    this.#wake();
  }
  /** Nothing more comes; what came is still read. */
  end(): void {
    this.#over ??= {};
    this.#wake();
  }
  /** The same, and the reader is told why. */
  fail(error: unknown): void {
    this.#over ??= { error };
    this.#wake();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    while (true) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#over) {
        if ("error" in this.#over) throw this.#over.error;
        return;
      } else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
