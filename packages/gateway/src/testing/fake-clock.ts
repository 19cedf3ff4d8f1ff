import type { Clock } from "../clock.ts";

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<{ readonly everyMs: number; nextMs: number; readonly callback: () => void }>();

  constructor(nowMs = 1_800_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return this.#nowMs;
  }

  every(intervalMs: number, callback: () => void): () => void {
    const timer = { everyMs: intervalMs, nextMs: this.#nowMs + intervalMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves time on and runs what is due on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].toSorted((a, b) => a.nextMs - b.nextMs)[0];
      if (next === undefined || next.nextMs > untilMs) break;
      this.#nowMs = next.nextMs;
      next.nextMs += next.everyMs;
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}
