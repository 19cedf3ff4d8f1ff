import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { create, toBinary } from "@bufbuild/protobuf";
import { ExportLogsServiceResponseSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceResponseSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceResponseSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";

export type Signal = "metrics" | "traces" | "logs";
export type Format = "otlp_json" | "otlp_proto";

/** What of a request was refused, and why; nothing when `rejected` is 0 and `message` is "". */
export interface Partial {
  readonly rejected: number;
  readonly message: string;
}
export const accepted: Partial = { rejected: 0, message: "" };

/** What of a request was refused, by reason and how often. */
export function refusedPartial(refused: ReadonlyMap<string, number>): Partial {
  if (refused.size === 0) return accepted;
  const rejected = [...refused.values()].reduce((sum, count) => sum + count, 0);
  return { rejected, message: [...refused].map(([reason, count]) => `${count} × ${reason}`).join(", ") };
}

/** The name that OTLP gives to the count of refused items of each signal. */
const rejectedField = { metrics: "rejectedDataPoints", traces: "rejectedSpans", logs: "rejectedLogRecords" } as const;

/** The body of a 2xx answer (OTLP/HTTP: Export<signal>ServiceResponse); JSON as a string, which leaves with the head in one write. */
export function encodeAnswer(signal: Signal, format: Format, partial: Partial): string | Uint8Array {
  const isEmpty = partial.rejected === 0 && partial.message === "";
  switch (format) {
    case "otlp_json":
      return isEmpty
        ? "{}"
        : JSON.stringify({ partialSuccess: { [rejectedField[signal]]: String(partial.rejected), errorMessage: partial.message } });
    case "otlp_proto":
      return isEmpty ? new Uint8Array() : protoAnswer(signal, partial);
  }
}

function protoAnswer(signal: Signal, { rejected, message: errorMessage }: Partial): Uint8Array {
  const count = BigInt(rejected);
  switch (signal) {
    case "metrics":
      return binary(ExportMetricsServiceResponseSchema, { partialSuccess: { rejectedDataPoints: count, errorMessage } });
    case "traces":
      return binary(ExportTraceServiceResponseSchema, { partialSuccess: { rejectedSpans: count, errorMessage } });
    case "logs":
      return binary(ExportLogsServiceResponseSchema, { partialSuccess: { rejectedLogRecords: count, errorMessage } });
  }
}

function binary<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, init));
}

/** The body of a 4xx or 5xx answer: google.rpc.Status {code, message} in the format of the request. */
export function encodeStatus(format: Format, code: number, message: string): string | Uint8Array {
  if (format === "otlp_json") return JSON.stringify({ code, message });
  const text = Buffer.from(message.slice(0, 1000));
  // field 1 (code, varint), field 2 (message, length-delimited); google.rpc.Status is not among the OTLP files
  return Buffer.concat([Buffer.from([0x08, ...varint(code), 0x12, ...varint(text.length)]), text]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}
