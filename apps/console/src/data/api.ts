import type { LogsAnswer, MetricsAnswer, SeriesAnswer, SessionsAnswer, TracesAnswer } from "@moqscope/telemetry/query";
import { readLogs, readMetrics, readSeries, readSessions, readTraces } from "./answers.ts";

/** The query API, relative to the page, so that a proxy may serve the console below any path. */
export interface Api {
  readonly streamUrl: string;
  readonly series: (wish: SeriesWish, signal: AbortSignal) => Promise<SeriesAnswer>;
  readonly metrics: (signal: AbortSignal) => Promise<MetricsAnswer>;
  readonly sessions: (signal: AbortSignal) => Promise<SessionsAnswer>;
  readonly logs: (signal: AbortSignal) => Promise<LogsAnswer>;
  /** The newest spans, and all of one trace. */
  readonly traces: (signal: AbortSignal) => Promise<TracesAnswer>;
  readonly trace: (traceId: string, signal: AbortSignal) => Promise<TracesAnswer>;
}

export interface SeriesWish {
  readonly name: string;
  readonly seconds: number;
}

async function ask<T>(path: string, read: (value: unknown) => T, signal: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal, headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${path.split("?", 1)[0] ?? path}: HTTP ${response.status}`);
  return read(await response.json());
}

/** The gateway that served this page. */
export const gatewayApi: Api = {
  streamUrl: "api/stream",
  series: ({ name, seconds }, signal) =>
    ask(`api/series?${new URLSearchParams({ name, seconds: String(seconds) }).toString()}`, readSeries, signal),
  metrics: (signal) => ask("api/metrics", readMetrics, signal),
  sessions: (signal) => ask("api/sessions", readSessions, signal),
  logs: (signal) => ask("api/logs", readLogs, signal),
  traces: (signal) => ask("api/traces", readTraces, signal),
  trace: (traceId, signal) => ask(`api/traces/${encodeURIComponent(traceId)}`, readTraces, signal),
};
