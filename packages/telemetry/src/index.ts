export { TelemetryError, type TelemetryErrorCode } from "./error.ts";
export { type BoundedEvents, boundedEvents, type EventClock } from "./recorder/bounded-events.ts";
export { type MetricRecorder, MetricStore, type MetricStoreOptions } from "./recorder/metric-store.ts";
export { prometheusContentType, prometheusText } from "./recorder/prometheus-text.ts";
export type {
  Counter,
  Gauge,
  Histogram,
  Lease,
  LogLevel,
  Recorder,
  Span,
  SpanContext,
  SpanEnd,
  SpanLink,
  SpanOptions,
  UpDownCounter,
} from "./recorder/recorder.ts";
export { silentRecorder } from "./recorder/silent.ts";
export type { HistogramPoint, MetricSnapshot, NumberPoint } from "./recorder/snapshot.ts";
export { startAtZero } from "./recorder/zero-series.ts";
export { redact } from "./redact.ts";
export * from "./registry/index.ts";
