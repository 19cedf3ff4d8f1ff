const windowMs = 5000;

/** Where the live edge is: newest timestamp, and the smallest delay from timestamp to arrival that was seen in the last 5 to 10 s. */
export class LiveEdge {
  #newestUs: number | undefined;
  #current = Number.POSITIVE_INFINITY;
  #previous = Number.POSITIVE_INFINITY;
  #turnMs: number | undefined;
  get newestUs(): number | undefined {
    return this.#newestUs;
  }
  /** Arrival minus timestamp in milliseconds; the zero is arbitrary. `undefined` before the first frame. */
  get delayMs(): number | undefined {
    const delay = Math.min(this.#current, this.#previous);
    return Number.isFinite(delay) ? delay : undefined;
  }
  observe(timestampUs: number, arrivalMs: number): void {
    this.#turnMs ??= arrivalMs + windowMs;
    if (arrivalMs >= this.#turnMs) {
      this.#previous = this.#current;
      this.#current = Number.POSITIVE_INFINITY;
      this.#turnMs = arrivalMs + windowMs;
    }
    this.#current = Math.min(this.#current, arrivalMs - timestampUs / 1000);
    if (this.#newestUs === undefined || timestampUs > this.#newestUs) this.#newestUs = timestampUs;
  }
  /** Forgets everything: what comes next tells the new edge. */
  reset(): void {
    this.#newestUs = undefined;
    this.#current = this.#previous = Number.POSITIVE_INFINITY;
    this.#turnMs = undefined;
  }
}
