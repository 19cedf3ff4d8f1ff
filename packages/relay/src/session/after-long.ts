import type { Clock } from "@moqscope/lite";

/** What timers of Node.js and browsers can wait for; a longer one fires at once. */
const longestMs = 2 ** 31 - 1;

/** Runs `callback` after any time, also one that no timer can wait for; the returned function calls it off. */
export function afterLong(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel = (): void => {};
  const wait = (leftMs: number): void => {
    const nowMs = Math.min(Math.max(0, leftMs), longestMs);
    cancel = clock.after(nowMs, () => (leftMs > nowMs ? wait(leftMs - nowMs) : callback()), { background: true });
  };
  wait(ms);
  return () => cancel();
}
