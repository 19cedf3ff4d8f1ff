import type { Clock } from "@moqscope/lite";

/** A wait that may be cut short. */
export interface Pause {
  readonly over: Promise<void>;
  /** May be called twice. */
  end(): void;
}

/** Waits so many milliseconds; without a number until it is ended. */
export function pause(clock: Clock, ms?: number): Pause {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = ms === undefined ? (): void => {} : clock.after(ms, resolve);
  return {
    over: promise,
    end() {
      cancel();
      resolve();
    },
  };
}
