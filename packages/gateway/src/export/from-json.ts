import type { DescMessage, JsonValue } from "@bufbuild/protobuf";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { malformed } from "../error.ts";
import { ExportLogsServiceRequestSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceRequestSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";
import type { Signal } from "../otlp/answer.ts";

/** Ids are hex in OTLP/JSON and base64 in the JSON of protobuf. */
const ids: ReadonlySet<string> = new Set(["traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"]);

/** An OTLP/JSON request as protobuf; fields that OTLP does not have are left out. Throws GatewayError `malformed`. */
export function fromOtlpJson(signal: Signal, body: Uint8Array): Uint8Array {
  try {
    // the reviver sees every value once; attributes named like an id stand in `key`, not as a name
    const read = JSON.parse(Buffer.from(body).toString(), (key, value: unknown) =>
      ids.has(key) && typeof value === "string" ? Buffer.from(value, "hex").toString("base64") : value,
    ) as JsonValue;
    switch (signal) {
      case "metrics":
        return reencode(ExportMetricsServiceRequestSchema, read);
      case "traces":
        return reencode(ExportTraceServiceRequestSchema, read);
      case "logs":
        return reencode(ExportLogsServiceRequestSchema, read);
    }
  } catch (cause) {
    throw malformed("the body is no OTLP/JSON message", cause);
  }
}

function reencode<Desc extends DescMessage>(schema: Desc, read: JsonValue): Uint8Array {
  return toBinary(schema, fromJson(schema, read, { ignoreUnknownFields: true }));
}
