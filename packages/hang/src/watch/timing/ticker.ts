import type { Clock } from "@moqscope/lite";

export interface TickerOptions {
  readonly clock: Clock;
  /** The screen's refresh; without one a timer stands in. */
  readonly refresh?: { beforeRefresh(callback: () => void): () => void };
  readonly tick: () => void;
  /** Counted from 1. */
  readonly everySecond: (second: number) => void;
}
/** How often presentation goes on when no screen refreshes: sound, and pages that are covered or hidden. */
const timerMs = 100;

/** Steps a player: at each screen refresh, at least ten times a second, and once a second for what is sampled. */
export class Ticker {
  readonly #options: TickerOptions;
  #cancelRefresh: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #running = false;
  #seconds = 0;
  #secondMs = 0;
  constructor(options: TickerOptions) {
    this.#options = options;
  }
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#secondMs = this.#options.clock.now() + 1000;
    this.#refresh();
    this.#timer();
  }
  stop(): void {
    this.#running = false;
    this.#cancelRefresh?.();
    this.#cancelTimer?.();
  }
  #refresh(): void {
    const { refresh, tick } = this.#options;
    if (!refresh || !this.#running) return;
    this.#cancelRefresh = refresh.beforeRefresh(() => {
      if (!this.#running) return;
      tick();
      this.#refresh();
    });
  }
  #timer(): void {
    const { clock, tick, everySecond } = this.#options;
    this.#cancelTimer = clock.after(timerMs, () => {
      if (!this.#running) return;
      tick();
      if (clock.now() >= this.#secondMs) {
        this.#secondMs = Math.max(this.#secondMs + 1000, clock.now());
        everySecond(++this.#seconds);
      }
      if (this.#running) this.#timer();
    });
  }
}
