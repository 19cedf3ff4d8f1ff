import type { Clock } from "@moqscope/lite";

/** Beyond this a late sender does not catch up, it goes on from now: the machine slept, or the disk did. */
export const maxCatchUpMs = 5000;

/**
 * Says when media is due. Every wait is reckoned from one beginning, so that rounding and late timers never add up; only after a
 * pause of more than five seconds the beginning moves.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #onPause: (pauseMs: number) => void;
  #startMs: number | undefined;
  constructor(clock: Clock, onPause: (pauseMs: number) => void = () => {}) {
    this.#clock = clock;
    this.#onPause = onPause;
  }
  /** When media time 0 is due; `undefined` before the first wait. */
  get startMs(): number | undefined {
    return this.#startMs;
  }
  /** Resolves when `mediaUs` is due, the first one at once. Rejects with the signal's reason. */
  async until(mediaUs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const mediaMs = mediaUs / 1000;
    const now = this.#clock.now();
    this.#startMs ??= now - mediaMs;
    const waitMs = this.#startMs + mediaMs - now;
    if (waitMs < -maxCatchUpMs) {
      this.#startMs -= waitMs;
      this.#onPause(-waitMs);
    }
    if (waitMs > 0) await sleep(this.#clock, waitMs, signal);
  }
}

/** Resolves after `delayMs` of this clock; rejects with the signal's reason. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
