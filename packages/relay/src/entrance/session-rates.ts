import { type Clock, TokenBucket } from "@moqscope/lite";

/** Addresses that are remembered; of more, those that come least often are forgotten. */
const addressLimit = 10_000;

/** How often sessions may begin, by address. */
export class SessionRates {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  readonly #byAddress = new Map<string, TokenBucket>();
  /** @param perSecond asked each time: it may change */
  constructor(clock: Clock, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }
  /** Whether one more may begin now from there; then it does. */
  take(address: string): boolean {
    const perSecond = this.#perSecond();
    const bucket = this.#byAddress.get(address) ?? new TokenBucket(this.#clock, perSecond);
    this.#byAddress.delete(address);
    this.#byAddress.set(address, bucket);
    if (this.#byAddress.size > addressLimit) this.#forget(perSecond);
    return bucket.take(perSecond);
  }
  /** First those that have used nothing, then whoever came longest ago: half of all are left at most. */
  #forget(perSecond: number): void {
    for (const [address, bucket] of this.#byAddress) if (bucket.isFull(perSecond)) this.#byAddress.delete(address);
    for (const address of this.#byAddress.keys()) {
      if (this.#byAddress.size <= addressLimit / 2) return;
      this.#byAddress.delete(address);
    }
  }
}
