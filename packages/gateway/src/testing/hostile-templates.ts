import { fromJson, toBinary } from "@bufbuild/protobuf";
import { events, spans } from "@moqscope/telemetry";
import { ExportLogsServiceRequestSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceRequestSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";
import { line } from "./cmcd.ts";
import { gauge, histogram, playerResource, request, sum, upDown } from "./otlp-json.ts";

/** A body as an honest sender writes it, from which hostile ones are made. */
export interface Template {
  readonly path: "/v1/metrics" | "/v1/traces" | "/v1/logs" | "/v1/cmcd";
  readonly json?: unknown;
  readonly bytes: Uint8Array;
  readonly type: string;
}

const times = { startMs: 1_800_000_000_000, timeMs: 1_800_000_010_000 };
const labels = { outcome: "started", transport: "websocket", cause: "network" };
const resource = playerResource({ sessionId: "an-honest-session-00", sequence: 1, acked: 0 });
const metrics = request(resource, [
  sum("moq.client.play_attempts", 2, labels, times),
  sum("moq.client.play_time", 9.5, labels, times),
  histogram("moq.client.startup_time", [0.4, 1.2], labels, times),
  histogram("moq.client.buffer_length", [0, 2.5], { media: "video", transport: "quic" }, times),
]);
const free = request({ "service.name": "moq-relay", "service.instance.id": "relay-1" }, [
  gauge("app.temperature", 21.5, { room: "a" }, times),
  upDown("app.open", 3, {}, times),
  sum("app.requests", 7, { route: "/" }, times),
]);
const attribute = { key: "session.id", value: { stringValue: "an-honest-session-00" } };
const service = { key: "service.name", value: { stringValue: "moq-player" } };
const [spanName = ""] = Object.keys(spans);
const [eventName = ""] = Object.keys(events);
const span = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: spanName,
  startTimeUnixNano: "1800000000000000000",
  endTimeUnixNano: "1800000001000000000",
  status: { code: 2, message: "lost" },
  attributes: [{ key: "transport", value: { stringValue: "quic" } }],
};
const traces = { resourceSpans: [{ resource: { attributes: [attribute, service] }, scopeSpans: [{ spans: [span] }] }] };
const log = {
  timeUnixNano: "1800000000000000000",
  severityNumber: 13,
  severityText: "WARN",
  eventName,
  body: { kvlistValue: { values: [{ key: "a", value: { arrayValue: { values: [{ intValue: "5" }] } } }] } },
  traceId: span.traceId,
  spanId: span.spanId,
  attributes: [{ key: "message", value: { stringValue: "hello" } }],
};
const logs = { resourceLogs: [{ resource: { attributes: [attribute, service] }, scopeLogs: [{ logRecords: [log] }] }] };
const viewer = [
  line(0, 0, "e=t"),
  line(1, 0, "sta=s"),
  line(2, 1, "sta=p,br=(1200;v 96;a),bl=(2000)"),
  line(3, 9, "sta=r,bsa=(1),ltc=900"),
];

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const asJson = (path: Template["path"], json: unknown): Template => ({
  path,
  json,
  bytes: text(JSON.stringify(json)),
  type: "application/json",
});
const asProto = (path: Template["path"], bytes: Uint8Array): Template => ({ path, bytes, type: "application/x-protobuf" });

/** One of each form that the gateway takes. */
export const templates: readonly Template[] = [
  asJson("/v1/metrics", metrics),
  asJson("/v1/metrics", free),
  asJson("/v1/traces", traces),
  asJson("/v1/logs", logs),
  asProto("/v1/metrics", toBinary(ExportMetricsServiceRequestSchema, fromJson(ExportMetricsServiceRequestSchema, metrics as never))),
  // the ids are hex in OTLP/JSON and base64 in that of protobuf: here they are other bytes, and too many
  asProto("/v1/traces", toBinary(ExportTraceServiceRequestSchema, fromJson(ExportTraceServiceRequestSchema, traces as never))),
  asProto("/v1/logs", toBinary(ExportLogsServiceRequestSchema, fromJson(ExportLogsServiceRequestSchema, logs as never))),
  { path: "/v1/cmcd", bytes: text(viewer.join("\n")), type: "application/cmcd" },
];
