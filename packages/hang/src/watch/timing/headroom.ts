/** The most that an overload may add up to, in milliseconds from the live edge. */
export const maxGrownMs = 1000;
/** How early media should be decoded at worst. */
const marginMs = 80;
/** One step up and one step down. */
const growMs = { least: 60, most: 400 } as const;
const relaxMs = { least: 10, most: 50 } as const;
/** Down only when nothing stalled for so long, and not more often than this. */
const calmMs = 20_000;
const pauseMs = 5000;
const windowMs = 10_000;

/** The target latency: what was asked for, more while this machine cannot decode in time, and back by what it then has to spare. */
export class Headroom {
  #floorMs: number;
  #extraMs = 0;
  #current = Number.POSITIVE_INFINITY;
  #previous = Number.POSITIVE_INFINITY;
  #turnMs = Number.NEGATIVE_INFINITY;
  #quietFromMs = Number.NEGATIVE_INFINITY;
  constructor(floorMs: number) {
    this.#floorMs = floorMs;
  }
  /** Milliseconds between live edge and picture. */
  get targetMs(): number {
    return this.#floorMs + this.#extraMs;
  }
  /** Milliseconds that were asked for; forgets what an overload has added. */
  set floorMs(floorMs: number) {
    this.#floorMs = floorMs;
    this.#extraMs = 0;
  }
  /** Something was decoded so many milliseconds before its time, or after it if negative. */
  observe(earlyMs: number, nowMs: number): void {
    if (nowMs >= this.#turnMs) {
      this.#previous = this.#current;
      this.#current = Number.POSITIVE_INFINITY;
      this.#turnMs = nowMs + windowMs;
    }
    this.#current = Math.min(this.#current, earlyMs);
  }
  /** The machine was too slow: adds what it was late, and a margin. Milliseconds added; 0 when there is no more to add. */
  grow(nowMs: number): number {
    const earlyMs = Math.min(this.#current, this.#previous);
    const lackMs = Number.isFinite(earlyMs) ? marginMs - earlyMs : growMs.least;
    const addedMs = Math.min(maxGrownMs - this.targetMs, Math.max(growMs.least, Math.min(growMs.most, Math.ceil(lackMs))));
    this.#quietFromMs = nowMs + calmMs;
    if (addedMs <= 0) return 0;
    this.#extraMs += addedMs;
    this.#current = this.#previous = Number.POSITIVE_INFINITY;
    this.#turnMs = nowMs + windowMs;
    return addedMs;
  }
  /** Milliseconds by which the target comes down now: 0 unless all was decoded early for 20 s. */
  relax(nowMs: number): number {
    if (this.#extraMs === 0 || nowMs < this.#quietFromMs) return 0;
    const spareMs = Math.min(this.#current, this.#previous) - marginMs;
    if (!Number.isFinite(spareMs) || spareMs < relaxMs.least) return 0;
    const stepMs = Math.min(relaxMs.most, Math.floor(spareMs), this.#extraMs);
    this.#extraMs -= stepMs;
    this.#current -= stepMs;
    this.#previous -= stepMs;
    this.#quietFromMs = nowMs + pauseMs;
    return stepMs;
  }
}
