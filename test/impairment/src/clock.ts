/** Time, and being called at a time. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `act` once, not before `atMs`; replaces what was asked for before. `undefined` asks for nothing. */
  wakeAt(atMs: number | undefined, act: () => void): void;
}

/** Timers of Node come on whole milliseconds and up to one late: nearer than this they are no use. */
const timerMs = 2.2;
/** Longest time that a nap holds the process, and so the most that it adds to an arrival. */
const napMs = 0.15;
const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * The machine's clock. `precise` naps through the last two milliseconds before each deadline in small pieces, which keeps deadlines to
 * some 0.2 ms but holds up whatever else the process does: for a process of its own. Otherwise timers alone, up to 1.5 ms late.
 */
export class MachineClock implements Clock {
  readonly #precise: boolean;
  #atMs: number | undefined;
  #act: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;
  #turning = false;
  constructor(options: { readonly precise: boolean }) {
    this.#precise = options.precise;
  }
  now(): number {
    return performance.now();
  }
  wakeAt(atMs: number | undefined, act: () => void): void {
    this.#act = act;
    this.#atMs = atMs;
    this.#arm();
  }
  #arm(): void {
    const atMs = this.#atMs;
    if (atMs === undefined) return this.#disarm();
    if (this.#turning) return;
    const earlyMs = this.#precise ? timerMs : 0;
    const leftMs = atMs - performance.now() - earlyMs;
    if (this.#precise && leftMs <= 0) {
      this.#disarm();
      this.#turning = true;
      setImmediate(() => this.#turn());
      return;
    }
    // One that wakes too early arms itself again.
    if (this.#timer && this.#timerAtMs <= atMs) return;
    this.#disarm();
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, leftMs));
  }
  #turn(): void {
    this.#turning = false;
    const leftMs = (this.#atMs ?? Number.POSITIVE_INFINITY) - performance.now();
    if (leftMs > 0 && leftMs <= timerMs) Atomics.wait(never, 0, 0, Math.min(leftMs, napMs));
    this.#look();
  }
  #look(): void {
    this.#disarm();
    if (this.#atMs === undefined) return;
    if (this.#atMs > performance.now()) return this.#arm();
    this.#atMs = undefined;
    this.#act();
  }
  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
