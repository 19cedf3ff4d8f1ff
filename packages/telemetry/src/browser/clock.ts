/** Time as the telemetry of a page sees it; given in by tests. */
export interface TelemetryClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Epoch milliseconds; only informative to the gateway. */
  wallMs(): number;
  /** Calls back once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: TelemetryClock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
