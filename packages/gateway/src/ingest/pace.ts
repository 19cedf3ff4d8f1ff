/** How long the interval stays raised after the last refusal for overload. */
const raisedForMs = 60_000;
const raisedBy = 3;

/** The interval that clients are told to report at: the configured one, a longer one while there is too much. */
export class Pace {
  readonly #intervalMs: number;
  readonly #raisedMs: number;
  #raisedUntilMs = Number.NEGATIVE_INFINITY;

  /** @param idleExpiryMs silence after which a session is over: a raised interval stays a quarter of it. */
  constructor(intervalMs: number, idleExpiryMs: number) {
    this.#intervalMs = intervalMs;
    this.#raisedMs = Math.max(intervalMs, Math.min(raisedBy * intervalMs, idleExpiryMs / 4));
  }

  intervalMs(nowMs: number): number {
    return nowMs < this.#raisedUntilMs ? this.#raisedMs : this.#intervalMs;
  }

  /** A request was refused because there are too many. */
  overloaded(nowMs: number): void {
    this.#raisedUntilMs = nowMs + raisedForMs;
  }
}
