/** Gaps that the mean of the freeze rule is made of. */
const remembered = 30;
/** A gap must be so much longer than the mean to be a freeze, whichever is more. */
const freeze = { times: 3, aboveMs: 150 } as const;
/** A longer gap is a pause of whoever sends, no freeze. */
const longestFreezeMs = 5_000;

export interface Gap {
  readonly ms: number;
  /** Whether the W3C rule calls it a freeze (webrtc-stats, `freezeCount`). */
  readonly isFreeze: boolean;
}

/** The rhythm of presented pictures: the gap before each of them, and whether it was a freeze. */
export class Cadence {
  readonly #gaps: number[] = [];
  #sumMs = 0;
  #lastMs: number | undefined;

  /** A picture was presented; `undefined` for the first one of a run. */
  presented(nowMs: number): Gap | undefined {
    const lastMs = this.#lastMs;
    this.#lastMs = nowMs;
    if (lastMs === undefined) return undefined;
    const ms = nowMs - lastMs;
    const isFreeze = ms <= longestFreezeMs && ms >= this.#thresholdMs;
    this.#remember(ms);
    return { ms, isFreeze };
  }
  /** The next picture begins a new run: a pause, a hidden page or another broadcast lies between. */
  interrupt(): void {
    this.#lastMs = undefined;
  }
  get #thresholdMs(): number {
    if (this.#gaps.length === 0) return Number.POSITIVE_INFINITY;
    const meanMs = this.#sumMs / this.#gaps.length;
    return Math.max(freeze.times * meanMs, meanMs + freeze.aboveMs);
  }
  #remember(ms: number): void {
    this.#gaps.push(ms);
    this.#sumMs += ms;
    if (this.#gaps.length > remembered) this.#sumMs -= this.#gaps.shift() ?? 0;
  }
}
