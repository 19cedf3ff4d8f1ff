import type { Format } from "./answer.ts";
import { logsFromJson, metricsFromJson, spansFromJson } from "./json.ts";
import type { ResourceLogs, ResourceMetrics, ResourceSpans } from "./model.ts";
import { logsFromProto, metricsFromProto, spansFromProto } from "./proto.ts";

/** Throws GatewayError `malformed`. */
export function decodeMetrics(format: Format, body: Uint8Array): ResourceMetrics[] {
  return format === "otlp_json" ? metricsFromJson(body) : metricsFromProto(body);
}

/** Throws GatewayError `malformed`. */
export function decodeSpans(format: Format, body: Uint8Array): ResourceSpans[] {
  return format === "otlp_json" ? spansFromJson(body) : spansFromProto(body);
}

/** Throws GatewayError `malformed`. */
export function decodeLogs(format: Format, body: Uint8Array): ResourceLogs[] {
  return format === "otlp_json" ? logsFromJson(body) : logsFromProto(body);
}
