import type { Summary } from "@moqscope/telemetry/query";

/** What a gateway says that has heard of nobody: every figure absent. */
export function emptySummary(nowMs: number): Summary {
  return {
    nowMs,
    windowMs: 10_000,
    rateWindowMs: 10_000,
    liveBroadcasts: null,
    viewers: null,
    bitsInPerSecond: null,
    bitsOutPerSecond: null,
    sessions: {},
    attempts: null,
    startup: null,
    buffer: null,
    stalls: null,
    broadcasts: [],
    transports: [],
    links: [],
    sources: [],
  };
}
