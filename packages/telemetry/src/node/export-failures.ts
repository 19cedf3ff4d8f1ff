export type Signal = "metrics" | "traces" | "logs";

const quietMs = 60_000;

/** Turns failing exports into at most one warning a minute, whatever the signal. */
export class ExportFailures {
  readonly #warn: (signal: Signal, message: string, suppressed: number) => void;
  readonly #now: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  constructor(warn: (signal: Signal, message: string, suppressed: number) => void, now: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#now = now;
  }

  failed(signal: Signal, error: unknown): void {
    const nowMs = this.#now();
    if (nowMs - this.#lastMs < quietMs) {
      this.#suppressed++;
      return;
    }
    this.#lastMs = nowMs;
    this.#warn(signal, reason(error), this.#suppressed);
    this.#suppressed = 0;
  }
}

/** Node reports a refused connection to a name with several addresses as an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}
