/** How long a source may stand before this clock stands with it, in milliseconds: more than a sound card's buffer. */
const maxStepMs = 100;
/** A difference beyond this is a real one, which is taken at once. */
const jumpMs = 60;
const windowMs = 1000;
/** How much of the elapsed time may go into following the source. */
const slewRate = 0.01;

/** Even milliseconds of a source that moves in steps, such as a sound card's: its pace, between the steps the machine's. Never backwards. */
export class SteadyClock {
  #sourceMs: number | undefined;
  #stepMs = 0;
  #readMs = 0;
  #offsetMs = 0;
  #current = Number.NEGATIVE_INFINITY;
  #previous = Number.NEGATIVE_INFINITY;
  #turnMs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  read(sourceMs: number, nowMs: number): number {
    if (sourceMs !== this.#sourceMs) this.#step(sourceMs, nowMs);
    this.#follow(nowMs);
    this.#lastMs = Math.max(this.#lastMs, Math.min(nowMs, this.#stepMs + maxStepMs) + this.#offsetMs);
    return this.#lastMs;
  }
  /** Seen right after a step, a source is least behind: the largest offset of the last seconds is the true one. */
  #step(sourceMs: number, nowMs: number): void {
    if (this.#sourceMs === undefined || nowMs - this.#stepMs > maxStepMs) this.#begin(sourceMs, nowMs);
    if (nowMs >= this.#turnMs) {
      this.#previous = this.#current;
      this.#current = Number.NEGATIVE_INFINITY;
      this.#turnMs = nowMs + windowMs;
    }
    this.#current = Math.max(this.#current, sourceMs - nowMs);
    this.#sourceMs = sourceMs;
    this.#stepMs = nowMs;
  }
  #begin(sourceMs: number, nowMs: number): void {
    this.#offsetMs = sourceMs - nowMs;
    this.#current = this.#previous = Number.NEGATIVE_INFINITY;
    this.#turnMs = nowMs + windowMs;
    this.#readMs = nowMs;
  }
  #follow(nowMs: number): void {
    const differenceMs = Math.max(this.#current, this.#previous) - this.#offsetMs;
    const mostMs = (nowMs - this.#readMs) * slewRate;
    this.#readMs = nowMs;
    this.#offsetMs += Math.abs(differenceMs) > jumpMs ? differenceMs : Math.max(-mostMs, Math.min(mostMs, differenceMs));
  }
}
