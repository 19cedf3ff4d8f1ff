/** Time as it is given to everything here, so that a test never sleeps. */
export interface Clock {
  /** Epoch milliseconds that never go back: the system clock at start plus what has passed since. All stored times are of this kind. */
  now(): number;
  /** Epoch milliseconds of the system clock at this moment, for `/v1/time`. */
  wall(): number;
  /** Runs `callback` every `intervalMs`; the returned function stops it. */
  every(intervalMs: number, callback: () => void): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wall: () => Date.now(),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
