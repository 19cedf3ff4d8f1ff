/** Something that counts milliseconds: the machine's clock, or the sound card's. */
export type TimeSource = () => number;

/** One time that goes on without a step when its source changes, so that picture can follow sound and do without it. */
export class Timebase {
  #source: TimeSource;
  #offsetMs = 0;
  constructor(source: TimeSource) {
    this.#source = source;
  }
  get source(): TimeSource {
    return this.#source;
  }
  now(): number {
    return this.#source() + this.#offsetMs;
  }
  /** What the present source shows at this time. */
  toSource(timeMs: number): number {
    return timeMs - this.#offsetMs;
  }
  use(source: TimeSource): void {
    if (source === this.#source) return;
    const now = this.now();
    this.#source = source;
    this.#offsetMs = now - source();
  }
}
