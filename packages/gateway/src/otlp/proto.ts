import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import { malformed } from "../error.ts";
import { ExportLogsServiceRequestSchema } from "../gen/collector/logs/v1/logs_service_pb.ts";
import { ExportMetricsServiceRequestSchema } from "../gen/collector/metrics/v1/metrics_service_pb.ts";
import { ExportTraceServiceRequestSchema } from "../gen/collector/trace/v1/trace_service_pb.ts";
import type { LogRecord } from "../gen/logs/v1/logs_pb.ts";
import type {
  Exemplar,
  HistogramDataPoint,
  ExponentialHistogramDataPoint as ProtoDigest,
  Metric as ProtoMetric,
  NumberDataPoint as ProtoNumber,
  SummaryDataPoint as ProtoSummary,
} from "../gen/metrics/v1/metrics_pb.ts";
import { DataPointFlags } from "../gen/metrics/v1/metrics_pb.ts";
import type { Span } from "../gen/trace/v1/trace_pb.ts";
import { Status_StatusCode } from "../gen/trace/v1/trace_pb.ts";
import type {
  HistogramPoint,
  Metric,
  NumberPoint,
  OtlpExemplar,
  OtlpLog,
  OtlpSpan,
  ResourceLogs,
  ResourceMetrics,
  ResourceSpans,
} from "./model.ts";
import { isTraced, spanKinds, temporalities } from "./model.ts";
import { attributes, bodyText, hex, millis } from "./proto-values.ts";

/** ExportMetricsServiceRequest in protobuf. Throws GatewayError `malformed`. */
export function metricsFromProto(body: Uint8Array): ResourceMetrics[] {
  return parse(ExportMetricsServiceRequestSchema, body).resourceMetrics.map((each) => ({
    resource: attributes(each.resource?.attributes ?? []),
    metrics: each.scopeMetrics.flatMap((scope) => scope.metrics.map(metricOf)),
  }));
}

/** ExportTraceServiceRequest in protobuf. Throws GatewayError `malformed`. */
export function spansFromProto(body: Uint8Array): ResourceSpans[] {
  return parse(ExportTraceServiceRequestSchema, body).resourceSpans.map((each) => ({
    resource: attributes(each.resource?.attributes ?? []),
    spans: each.scopeSpans.flatMap((scope) => scope.spans.map(spanOf)),
  }));
}

/** ExportLogsServiceRequest in protobuf. Throws GatewayError `malformed`. */
export function logsFromProto(body: Uint8Array): ResourceLogs[] {
  return parse(ExportLogsServiceRequestSchema, body).resourceLogs.map((each) => ({
    resource: attributes(each.resource?.attributes ?? []),
    logs: each.scopeLogs.flatMap((scope) => scope.logRecords.map(logOf)),
  }));
}

/** What protobuf-es throws on a bad body (and a RangeError for one nested too deep) is the sender's mistake. */
function parse<Desc extends DescMessage>(schema: Desc, body: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, body, { readUnknownFields: false });
  } catch (cause) {
    throw malformed("the body is no OTLP protobuf message", cause);
  }
}

function metricOf({ name, unit, data }: ProtoMetric): Metric {
  switch (data.case) {
    case "sum": {
      const { isMonotonic, aggregationTemporality, dataPoints } = data.value;
      return {
        name,
        unit,
        kind: "sum",
        monotonic: isMonotonic,
        temporality: temporality(aggregationTemporality),
        points: dataPoints.map(numberPoint),
      };
    }
    case "gauge":
      return { name, unit, kind: "gauge", points: data.value.dataPoints.map(numberPoint) };
    case "histogram":
      return {
        name,
        unit,
        kind: "histogram",
        temporality: temporality(data.value.aggregationTemporality),
        points: data.value.dataPoints.map(histogramPoint),
      };
    case "exponentialHistogram":
      return {
        name,
        unit,
        kind: "digest",
        temporality: temporality(data.value.aggregationTemporality),
        points: data.value.dataPoints.map(digestPoint),
      };
    case "summary":
      return { name, unit, kind: "digest", temporality: "cumulative", points: data.value.dataPoints.map(digestPoint) };
    case undefined:
      return { name, unit, kind: "empty", points: [] };
  }
}

function temporality(value: number): (typeof temporalities)[number] {
  return temporalities[value] ?? "unspecified";
}

function frame(
  point: ProtoNumber | HistogramDataPoint | ProtoDigest | ProtoSummary,
): Pick<NumberPoint, "attributes" | "startMs" | "timeMs" | "exemplars"> {
  const exemplars = "exemplars" in point ? point.exemplars.map(exemplarOf).filter(isTraced) : [];
  return {
    ...(exemplars.length > 0 ? { exemplars } : {}),
    attributes: attributes(point.attributes),
    startMs: millis(point.startTimeUnixNano),
    timeMs: millis(point.timeUnixNano),
  };
}

function exemplarOf({ value, timeUnixNano, traceId, spanId }: Exemplar): OtlpExemplar {
  return { value: Number(value.value ?? 0), timeMs: millis(timeUnixNano), traceId: hex(traceId, 16), spanId: hex(spanId, 8) };
}

function isFlagged(flags: number): boolean {
  return (flags & DataPointFlags.NO_RECORDED_VALUE_MASK) !== 0;
}

function numberPoint(point: ProtoNumber): NumberPoint {
  if (isFlagged(point.flags)) return { ...frame(point), value: undefined };
  if (point.value.case === undefined) throw malformed("a data point has neither as_double nor as_int");
  return { ...frame(point), value: Number(point.value.value) };
}

function histogramPoint(point: HistogramDataPoint): HistogramPoint {
  return { ...digestPoint(point), bounds: point.explicitBounds, buckets: point.bucketCounts.map(Number) };
}

function digestPoint(point: HistogramDataPoint | ProtoDigest | ProtoSummary): HistogramPoint {
  return { ...frame(point), count: Number(point.count), sum: point.sum ?? 0, bounds: [], buckets: [], noValue: isFlagged(point.flags) };
}

function spanOf(span: Span): OtlpSpan {
  return {
    traceId: hex(span.traceId, 16),
    spanId: hex(span.spanId, 8),
    parentSpanId: hex(span.parentSpanId, 8),
    name: span.name,
    kind: spanKinds[span.kind] ?? "internal",
    startMs: millis(span.startTimeUnixNano),
    endMs: millis(span.endTimeUnixNano),
    error: span.status?.code === Status_StatusCode.ERROR ? span.status.message || "error" : null,
    attributes: attributes(span.attributes),
  };
}

function logOf(log: LogRecord): OtlpLog {
  const read = attributes(log.attributes);
  return {
    atMs: millis(log.timeUnixNano) || millis(log.observedTimeUnixNano),
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    event: log.eventName || String(read.get("event.name") ?? ""),
    body: bodyText(log.body),
    traceId: hex(log.traceId, 16),
    spanId: hex(log.spanId, 8),
    attributes: read,
  };
}
