import { fromBinary } from "@bufbuild/protobuf";
import { ExportLogsServiceResponseSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceResponseSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceResponseSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";
import type { Signal } from "../otlp/answer.ts";

const nothing = { rejected: 0n, message: "" } as const;

/** What a receiver says of a request that it took in part, as one sentence; "" where it took all. */
export function readPartial(signal: Signal, contentType: string, answer: Uint8Array): string {
  if (answer.byteLength === 0 || !contentType.startsWith("application/x-protobuf")) return "";
  try {
    const { rejected, message } = partialOf(signal, answer);
    return rejected === 0n && message === "" ? "" : `${rejected} of its ${signal} were not taken: ${message}`;
  } catch {
    // the request was taken: an answer that cannot be read changes nothing
    return "";
  }
}

function partialOf(signal: Signal, answer: Uint8Array): { readonly rejected: bigint; readonly message: string } {
  switch (signal) {
    case "metrics": {
      const partial = fromBinary(ExportMetricsServiceResponseSchema, answer).partialSuccess;
      return partial === undefined ? nothing : { rejected: partial.rejectedDataPoints, message: partial.errorMessage };
    }
    case "traces": {
      const partial = fromBinary(ExportTraceServiceResponseSchema, answer).partialSuccess;
      return partial === undefined ? nothing : { rejected: partial.rejectedSpans, message: partial.errorMessage };
    }
    case "logs": {
      const partial = fromBinary(ExportLogsServiceResponseSchema, answer).partialSuccess;
      return partial === undefined ? nothing : { rejected: partial.rejectedLogRecords, message: partial.errorMessage };
    }
  }
}
