import { streamId } from "./stream-id.ts";

interface Waiting {
  readonly resolve: (id: number) => void;
  readonly reject: (reason: unknown) => void;
  readonly forget: () => void;
}

/** Hands out our stream ids of one kind, by the peer's stream credit, first come first served. */
export class Opener {
  readonly #kind: { readonly byServer: boolean; readonly uni: boolean };
  readonly #blocked: (limit: number) => void;
  #max = 0;
  #next = 0;
  #blockedAt = -1;
  readonly #waiting = new Set<Waiting>();
  /** `blocked` is told once per limit that an open has to wait. */
  constructor(kind: { readonly byServer: boolean; readonly uni: boolean }, blocked: (limit: number) => void) {
    this.#kind = kind;
    this.#blocked = blocked;
  }
  /** Streams handed out so far. */
  get opened(): number {
    return this.#next;
  }
  allow(max: number): void {
    this.#max = Math.max(this.#max, max);
    for (const waiting of this.#waiting) {
      if (this.#next >= this.#max) return;
      this.#settle(waiting).resolve(this.#take());
    }
  }
  /** The next id; waits for credit. Rejects with the signal's reason, or with what `fail` is given. */
  open(signal: AbortSignal | undefined): Promise<number> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#next < this.#max) return Promise.resolve(this.#take());
    if (this.#blockedAt !== this.#max) this.#blocked((this.#blockedAt = this.#max));
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#settle(waiting).reject(signal?.reason);
      const waiting: Waiting = { resolve, reject, forget: () => signal?.removeEventListener("abort", abort) };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(waiting);
    });
  }
  fail(error: Error): void {
    for (const waiting of this.#waiting) this.#settle(waiting).reject(error);
  }
  #settle(waiting: Waiting): Waiting {
    this.#waiting.delete(waiting);
    waiting.forget();
    return waiting;
  }
  #take(): number {
    return streamId(this.#next++, this.#kind);
  }
}
