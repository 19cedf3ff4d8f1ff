import type { Clock } from "@moqscope/lite";

export interface TickerOptions {
  readonly clock: Clock;
  /** The screen's refresh; without one a timer stands in. */
  readonly refresh?: { beforeRefresh(callback: () => void): () => void };
  readonly tick: () => void;
  /** Milliseconds until there is something to do; `undefined` when nothing is known. Asked after each tick and each `arm()`. */
  readonly dueInMs: () => number | undefined;
  /** Counted from 1. */
  readonly everySecond: (second: number) => void;
}
/** How often presentation goes on when nothing is due, or no screen refreshes: pages that are covered or hidden. */
const timerMs = 100;

/** Steps a player: at the first screen refresh after something is due, at least ten times a second, and once a second for samples. */
export class Ticker {
  readonly #options: TickerOptions;
  #cancelDue: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the next step is wanted; past while a refresh is awaited. */
  #dueMs: number | undefined;
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
    this.#timer();
    this.arm();
  }
  stop(): void {
    this.#running = false;
    this.#disarm();
    this.#cancelTimer?.();
  }
  /** Something new may be due earlier than what was. */
  arm(): void {
    const { clock, dueInMs } = this.#options;
    const inMs = this.#running ? dueInMs() : undefined;
    if (inMs === undefined) return;
    const now = clock.now();
    if (this.#dueMs !== undefined && this.#dueMs <= Math.max(now, now + inMs) + 1) return;
    this.#disarm();
    this.#dueMs = now + inMs;
    if (inMs <= 1) this.#awaitRefresh();
    else this.#cancelDue = clock.after(inMs, () => this.#awaitRefresh());
  }
  #disarm(): void {
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    this.#dueMs = undefined;
  }
  #awaitRefresh(): void {
    const { clock, refresh } = this.#options;
    const step = () => this.#step();
    this.#cancelDue = refresh ? refresh.beforeRefresh(step) : clock.after(0, step);
  }
  #step(): void {
    this.#cancelDue = this.#dueMs = undefined;
    if (!this.#running) return;
    this.#options.tick();
    this.arm();
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
      if (!this.#running) return;
      this.#timer();
      this.arm();
    });
  }
}
