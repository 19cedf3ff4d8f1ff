export type {
  Counter,
  Gauge,
  Histogram,
  Lease,
  LogLevel,
  Recorder,
  Span,
  SpanContext,
  SpanOptions,
  UpDownCounter,
} from "./recorder/recorder.ts";
export { silentRecorder } from "./recorder/silent.ts";
export * from "./registry/index.ts";
