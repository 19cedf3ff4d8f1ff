/** Time as it is given to everything here, so that a test never sleeps. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. `background` work does not keep a process alive. */
  after(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback, options = {}) {
    const timer: unknown = setTimeout(callback, delayMs);
    if (options.background) (timer as { unref?(): void }).unref?.(); // A browser's timer is a number.
    return () => clearTimeout(timer as number);
  },
};
