import type { Clock } from "@moqscope/lite";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
  readonly background: boolean;
}

/** A clock that is moved by hand, with promises settling at each step and no real time passing. */
export class StepClock implements Clock {
  #nowMs = 1000;
  readonly #timers = new Set<Timer>();
  now(): number {
    return this.#nowMs;
  }
  after(delayMs: number, run: () => void, { background = false }: { readonly background?: boolean } = {}): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run, background };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  /** Time goes by and nothing runs, as while a page's main thread is busy; what was due runs after it. */
  block(forMs: number): void {
    this.#nowMs += forMs;
  }
  /** Timers that would keep a process alive. */
  get pending(): number {
    return [...this.#timers].filter(({ background }) => !background).length;
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
  #next(endMs: number): Timer | undefined {
    return [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
/** Lets promises settle that need no real time. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
