import { fromJsonString, toBinary } from "@bufbuild/protobuf";
import { ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";

/** A body of `/v1/metrics` in protobuf. Its OTLP/JSON must hold no trace ids: those are hex there and base64 in protobuf's own JSON. */
export function metricsProto(json: string): Uint8Array {
  return toBinary(ExportMetricsServiceRequestSchema, fromJsonString(ExportMetricsServiceRequestSchema, json));
}
