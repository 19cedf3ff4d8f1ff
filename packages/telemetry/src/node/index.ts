export { broadcastLabel } from "./broadcast-label.ts";
export type { LogStream } from "./event-log.ts";
export type { NodeTelemetry, NodeTelemetryOptions, ProcessIdentity } from "./options.ts";
export type { Environment } from "./otel-environment.ts";
export { otelHelp, type Protocol } from "./otel-variables.ts";
export { recordProcess } from "./process-metrics.ts";
export { describeNodeTelemetry, startNodeTelemetry } from "./start-node-telemetry.ts";
