import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { LogStore } from "./log-store.ts";
import type { TraceStore } from "./trace-store.ts";

/** Whoever else gets the records that were checked or written here. */
export interface Onward {
  spans(spans: readonly SpanRecord[]): void;
  logs(logs: readonly LogRecord[]): void;
}

/** Spans and log records: kept here, and handed onward where they do not leave as they came. */
export class Records {
  readonly traces: TraceStore;
  readonly logs: LogStore;
  #onward: Onward | undefined;

  constructor(traces: TraceStore, logs: LogStore) {
    this.traces = traces;
    this.logs = logs;
  }

  /** From here on records are handed to `onward`, too. */
  connect(onward: Onward): void {
    this.#onward = onward;
  }

  /** Takes spans that were checked here. */
  takeSpans(spans: readonly SpanRecord[], nowMs: number): void {
    for (const span of spans) this.traces.push(span, nowMs);
    this.#onward?.spans(spans);
  }

  /** Takes log records that were checked or written here. */
  takeLogs(logs: readonly LogRecord[], nowMs: number): void {
    for (const log of logs) this.logs.push(log, nowMs);
    this.#onward?.logs(logs);
  }

  expire(nowMs: number): void {
    this.traces.expire(nowMs);
    this.logs.expire(nowMs);
  }
}
