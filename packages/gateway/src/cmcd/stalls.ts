import { Absolute } from "./absolute.ts";
import type { CmcdEvent } from "./event.ts";
import { type Growth, cmcdSeries as series } from "./ledger.ts";

/** A stall shorter than this is none (metrics catalogue, section 3). */
const confirmedMs = 100;

/** The stalls of one session: as the player tells them (bsa, bsda, bsd), else as its states show them. */
export class Stalls {
  readonly #isWhole: boolean;
  readonly #count = new Absolute();
  readonly #timeMs = new Absolute();
  #current: { ms: number; isConfirmed: boolean } | undefined;
  #recorded = 0;
  /** Durations that the player told itself; `undefined` as long as it tells none. */
  #told: number | undefined;

  /** `isWhole`: the session's first report was seen, so that its totals are all its own. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  /** A stall begins. */
  open(): void {
    this.#current = { ms: 0, isConfirmed: false };
  }

  /** Time goes by, in a stall or not. */
  pass(stepMs: number, growth: Growth): void {
    const stall = this.#current;
    if (stall === undefined) return;
    stall.ms += stepMs;
    if (stall.isConfirmed) growth.add(series.rebufferTime, this.#timeMs.derive(stepMs) / 1000);
    else if (stall.ms >= confirmedMs) this.#confirm(stall, growth);
  }

  /** The stall is over, if there was one. */
  close(growth: Growth): void {
    const stall = this.#current;
    this.#current = undefined;
    if (stall?.isConfirmed !== true || this.#told !== undefined) return;
    growth.observe(series.rebufferDuration, stall.ms / 1000);
    this.#recorded++;
  }

  /** Nobody will see the stall end: it is one, however little is known of it. */
  giveUp(growth: Growth): void {
    if (this.#current?.isConfirmed === false) this.#confirm(this.#current, growth);
  }

  /** What the player tells itself. */
  tell({ starvations, starvedTime, starvedEach }: CmcdEvent, growth: Growth): void {
    if (starvations !== undefined) growth.add(series.rebufferCount, this.#count.tell(starvations, this.#isWhole));
    if (starvedTime !== undefined) growth.add(series.rebufferTime, this.#timeMs.tell(starvedTime, this.#isWhole) / 1000);
    if (starvedEach !== undefined) this.#record(starvedEach, growth);
  }

  /** The player counts from zero again. */
  restart(): void {
    this.#count.restart();
    this.#timeMs.restart();
  }

  #confirm(stall: { ms: number; isConfirmed: boolean }, growth: Growth): void {
    stall.isConfirmed = true;
    growth.add(series.rebufferCount, this.#count.derive(1));
    growth.add(series.rebufferTime, this.#timeMs.derive(stall.ms) / 1000);
  }

  /** Durations come once each. Those that were already derived from the states are among the first. */
  #record(told: readonly number[], growth: Growth): void {
    this.#told = (this.#told ?? 0) + told.length;
    const fresh = Math.min(told.length, Math.max(0, this.#told - this.#recorded));
    for (const ms of told.slice(told.length - fresh)) growth.observe(series.rebufferDuration, ms / 1000);
    this.#recorded += fresh;
  }
}
