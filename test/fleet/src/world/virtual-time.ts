import type { Clock } from "@moqscope/gateway";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => unknown;
  isCancelled: boolean;
}

/** Time that passes when it is told to: what is due runs in order, each to its end, with all that hangs on it in promises. */
export class VirtualTime implements Clock {
  #nowMs: number;
  readonly #leastEveryMs: number;
  #order = 0;
  readonly #heap: Due[] = [];

  /** What asks to run oftener than every `leastEveryMs` runs as often as that: an hour has 3600 seconds. */
  constructor(nowMs: number, leastEveryMs: number) {
    this.#nowMs = nowMs;
    this.#leastEveryMs = leastEveryMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return this.#nowMs;
  }

  /** Runs `act` once at `atMs`, or now where that is over; the returned function cancels it. */
  at(atMs: number, act: () => unknown): () => void {
    const due = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, act, isCancelled: false };
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1);
    return () => {
      due.isCancelled = true;
    };
  }

  every(intervalMs: number, callback: () => void): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.at(this.#nowMs + Math.max(intervalMs, this.#leastEveryMs), () => {
        callback();
        again();
      });
    };
    again();
    return () => cancel();
  }

  /** Lets time pass. */
  async runUntil(untilMs: number): Promise<void> {
    for (;;) {
      const [next] = this.#heap;
      if (next === undefined || next.atMs > untilMs) break;
      this.#takeFirst();
      if (next.isCancelled) continue;
      this.#nowMs = next.atMs;
      const done = next.act();
      if (done instanceof Promise) await done;
      // a turn of the event loop: every promise that could settle has
      await new Promise(setImmediate);
    }
    this.#nowMs = untilMs;
  }

  #takeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.#heap.length && this.#isBefore(child, first)) first = child;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return false;
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }
}
