/** Time as the data layer sees it, given from outside so that tests never sleep. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs `action` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** The browser's clock. */
export const browserClock: Clock = {
  now: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * The gateway's wall clock, as far as its newest answer tells: ages are differences of the gateway's own times, so a wrong
 * clock in the viewer's computer shows nothing wrong.
 */
export class GatewayClock {
  readonly #clock: Clock;
  #offsetMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the gateway's time from an answer that arrived just now. */
  learn(gatewayMs: number): void {
    this.#offsetMs = gatewayMs - this.#clock.now();
  }

  /** Epoch milliseconds at the gateway; before the first answer the computer's own. */
  now(): number {
    return this.#offsetMs === undefined ? Date.now() : this.#clock.now() + this.#offsetMs;
  }
}
