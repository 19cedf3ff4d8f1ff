const firstMs = 1_000;
const longestMs = 60_000;
/** A receiver that asks for more than this is asked again nevertheless. */
const longestAskedMs = 10 * 60_000;

/** How long to wait before the next attempt: 1 s, 2 s, 4 s … 60 s, each somewhere in its upper half, or what the receiver asked for. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` gives numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Milliseconds to wait after a failure. */
  failed(askedMs = 0): number {
    const fullMs = Math.min(longestMs, firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return Math.max(fullMs * (0.5 + this.#random() / 2), Math.min(askedMs, longestAskedMs));
  }
}
