export { type OtelRecorder, type OtelRecorderOptions, otelRecorder } from "./otel-recorder.ts";
