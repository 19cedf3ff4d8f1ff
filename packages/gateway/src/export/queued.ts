import type { Batch, Batches, BatchLimits } from "./batches.ts";
import type { Sending, SendingSource } from "./lane.ts";

/** What one request of spans or logs holds at most, unless a single batch holds more. */
const requestLimits: BatchLimits = { items: 512, bytes: 1024 * 1024 };

/** Spans or logs on their way out, the oldest first. */
export class Queued implements SendingSource {
  readonly #batches: Batches;
  /** Since when something waits, epoch milliseconds. */
  #sinceMs: number | undefined;

  constructor(batches: Batches) {
    this.#batches = batches;
  }

  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  put(batch: Batch, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#batches.put(batch);
  }

  next(): Sending | undefined {
    const batches = this.#batches.take(requestLimits);
    if (batches.length === 0) return undefined;
    return {
      body: batches.length === 1 && batches[0] !== undefined ? batches[0].bytes : Buffer.concat(batches.map(({ bytes }) => bytes)),
      done: (outcome) => {
        if (outcome.kind === "retry") this.#batches.putBack(batches);
        else if (this.#batches.items === 0) this.#sinceMs = undefined;
      },
    };
  }
}
