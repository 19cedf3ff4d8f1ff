export type { LogStream } from "./event-log.ts";
export { recordProcess } from "./process-metrics.ts";
export { type NodeTelemetry, type NodeTelemetryOptions, startNodeTelemetry } from "./start-node-telemetry.ts";
