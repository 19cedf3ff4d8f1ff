import type { Clock } from "./clock.ts";

/** How long a peer may do nothing and have it saved up, seconds. */
const burstSeconds = 10;

/** A rate that may be exceeded for a moment: what was not used of the last 10 seconds is saved up. */
export class TokenBucket {
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;
  /** @param perSecond may be `Infinity` for no bound */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#tokens = perSecond * burstSeconds;
    this.#atMs = clock.now();
  }
  /** Whether one more may be done now; then it is. */
  take(perSecond: number): boolean {
    this.#fill(perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
  /** Whether nothing was taken that is not made up for. */
  isFull(perSecond: number): boolean {
    this.#fill(perSecond);
    return this.#tokens >= perSecond * burstSeconds;
  }
  #fill(perSecond: number): void {
    const now = this.#clock.now();
    if (perSecond === Number.POSITIVE_INFINITY) this.#tokens = perSecond;
    else this.#tokens = Math.min(perSecond * burstSeconds, this.#tokens + ((now - this.#atMs) / 1000) * perSecond);
    this.#atMs = now;
  }
}
