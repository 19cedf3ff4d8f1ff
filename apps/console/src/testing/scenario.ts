import type { LogRecord, MetricValue, Point, Series, SessionSummary, SpanRecord, Summary } from "@moqscope/telemetry/query";

/** What the fixture server says at one instant. */
export interface Scenario {
  summary(nowMs: number): Summary;
  series(name: string, nowMs: number, seconds: number): readonly Series[];
  metrics(nowMs: number): readonly MetricValue[];
  sessions(nowMs: number): readonly SessionSummary[];
  spans(nowMs: number): readonly SpanRecord[];
  logs(nowMs: number): readonly LogRecord[];
}

/** Points once a second, ending now. */
export function points(nowMs: number, seconds: number, value: (atMs: number) => number): Point[] {
  const count = Math.min(seconds, 900);
  const endMs = Math.floor(nowMs / 1_000) * 1_000;
  return Array.from({ length: count }, (_, index) => {
    const atMs = endMs - (count - 1 - index) * 1_000;
    return { atMs, value: value(atMs) };
  });
}
