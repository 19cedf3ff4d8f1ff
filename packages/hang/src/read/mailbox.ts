import { HangError, HangErrorCode } from "../error.ts";

/** A bounded queue between callbacks that come synchronously and one consumer that awaits them. */
export class Mailbox<T> implements AsyncIterableIterator<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;
  constructor(limit: number) {
    this.#limit = limit;
  }
  /** Queues an item. Over the limit the queue fails with `bounds_exceeded` after what it holds: nothing goes missing unseen. */
  push(item: T): void {
    if (this.#end) return;
    if (this.#items.length >= this.#limit)
      this.fail(new HangError(HangErrorCode.boundsExceeded, `the reader is ${this.#limit} items behind, the limit`));
    else this.#items.push(item);
    this.#wake?.();
  }
  /** Keeps only this item. */
  replace(item: T): void {
    this.#items.length = 0;
    this.push(item);
  }
  finish(): void {
    this.#close({});
  }
  fail(error: unknown): void {
    this.#close({ error });
  }
  async next(): Promise<IteratorResult<T>> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return { done: false, value: item };
      if (this.#end) {
        if ("error" in this.#end) throw this.#end.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
  return(): Promise<IteratorResult<T>> {
    this.#items.length = 0;
    this.#close({});
    return Promise.resolve({ done: true, value: undefined });
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
  #close(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }
}

/** Fails the mailbox with the signal's reason when it fires. The returned function forgets the signal. */
export function failOn<T>(signal: AbortSignal | undefined, mailbox: Mailbox<T>): () => void {
  if (!signal) return () => {};
  const fail = () => mailbox.fail(signal.reason);
  if (signal.aborted) fail();
  signal.addEventListener("abort", fail, { once: true });
  return () => signal.removeEventListener("abort", fail);
}
