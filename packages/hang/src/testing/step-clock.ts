import type { Clock } from "@moqscope/lite";

/** A clock that is moved by hand, with promises settling at each step and no real time passing. */
export class StepClock implements Clock {
  #nowMs = 1000;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  now(): number {
    return this.#nowMs;
  }
  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  /** Time goes by and nothing runs, as while a page's main thread is busy; what was due runs after it. */
  block(forMs: number): void {
    this.#nowMs += forMs;
  }
  get pending(): number {
    return this.#timers.size;
  }
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await microtasks();
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await microtasks();
    }
    this.#nowMs = endMs;
  }
  #next(endMs: number): { readonly atMs: number; readonly run: () => void } | undefined {
    return [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
/** Lets promises settle that need no real time. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
