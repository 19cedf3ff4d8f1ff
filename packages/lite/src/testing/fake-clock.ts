import type { Clock } from "../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly background: boolean;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();
  now(): number {
    return this.#nowMs;
  }
  after(delayMs: number, callback: () => void, { background = false }: { readonly background?: boolean } = {}): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, background, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  /** Timers that have not run and would keep a process alive. */
  get pending(): number {
    return this.#count(false);
  }
  /** Those that would not. */
  get pendingBackground(): number {
    return this.#count(true);
  }
  /** Moves time and runs what is due, in order, letting promises settle before and after each. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settle();
    for (let timer = this.#due(endMs); timer; timer = this.#due(endMs)) {
      this.#timers.delete(timer);
      this.#nowMs = timer.atMs;
      timer.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }
  #count(background: boolean): number {
    return [...this.#timers].filter((timer) => timer.background === background).length;
  }
  #due(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > endMs) continue;
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
