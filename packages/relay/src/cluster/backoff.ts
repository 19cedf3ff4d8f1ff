const firstMs = 1_000;
const longestMs = 10_000;
/** A session of this length was a good one: the next wait is the first again. */
const steadyMs = 10_000;

/** How long a lost or failed link is waited for: 1 s, doubled up to 10 s, each jittered down to its half (relay-behaviour §9). */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;
  /** `random`: 0 up to, not including, 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }
  /** Milliseconds to wait, after a session that lasted so long; 0 for an attempt that failed. */
  next(lastedMs: number): number {
    if (lastedMs >= steadyMs) this.#failures = 0;
    const full = Math.min(longestMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return full * (0.5 + this.#random() / 2);
  }
}
