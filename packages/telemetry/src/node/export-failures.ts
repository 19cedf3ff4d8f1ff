import type { Signal } from "./otel-variables.ts";

const quietMs = 60_000;

/** Told of a failure, with how many were not told since the last time, and how many spans or records full queues dropped. */
export type WarnOfFailure = (signal: Signal, reason: string, suppressed: number, dropped: number) => void;

/** Turns failing exports into at most one warning a minute, whatever the signal. */
export class ExportFailures {
  readonly #warn: WarnOfFailure;
  readonly #now: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;
  #dropped = 0;

  constructor(warn: WarnOfFailure, now: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#now = now;
  }

  failed(signal: Signal, error: unknown, dropped = 0): void {
    const nowMs = this.#now();
    this.#dropped += dropped;
    if (nowMs - this.#lastMs < quietMs) {
      this.#suppressed++;
      return;
    }
    this.#lastMs = nowMs;
    this.#warn(signal, reason(error), this.#suppressed, this.#dropped);
    this.#suppressed = 0;
    this.#dropped = 0;
  }
}

/** Node reports a refused connection to a name with several addresses as an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}
