import { malformed } from "../error.ts";
import { attributesOf, bodyOf, hexOf, integerOf, listOf, millisOf, numberOf, objectOf, textOf } from "./json-values.ts";
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
  Temporality,
} from "./model.ts";
import { isTraced, spanKinds, temporalities } from "./model.ts";

/** Status code "error" and the flag "no recorded value" of the OTLP data model. */
const statusError = 2;
const noRecordedValue = 1;

/** Parses the text of an OTLP/JSON request. Throws GatewayError `malformed`. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw malformed("the body is no JSON", cause);
  }
}

/** ExportMetricsServiceRequest in OTLP/JSON. Throws GatewayError `malformed`. */
export function metricsFromJson(body: Uint8Array): ResourceMetrics[] {
  return resources(parseJson(body), "resourceMetrics").map((each) => ({
    resource: resourceOf(each),
    metrics: scopes(each, "scopeMetrics", "metrics").map(metricOf),
  }));
}

/** ExportTraceServiceRequest in OTLP/JSON. Throws GatewayError `malformed`. */
export function spansFromJson(body: Uint8Array): ResourceSpans[] {
  return resources(parseJson(body), "resourceSpans").map((each) => ({
    resource: resourceOf(each),
    spans: scopes(each, "scopeSpans", "spans").map(spanOf),
  }));
}

/** ExportLogsServiceRequest in OTLP/JSON. Throws GatewayError `malformed`. */
export function logsFromJson(body: Uint8Array): ResourceLogs[] {
  return resources(parseJson(body), "resourceLogs").map((each) => ({
    resource: resourceOf(each),
    logs: scopes(each, "scopeLogs", "logRecords").map(logOf),
  }));
}

type JsonObject = Readonly<Record<string, unknown>>;

function resources(root: unknown, key: string): JsonObject[] {
  if (typeof root !== "object" || root === null) throw malformed("the body is no JSON object");
  return listOf(objectOf(root, "the body")[key], key).map((each) => objectOf(each, key));
}

function resourceOf(entry: JsonObject): ReturnType<typeof attributesOf> {
  return attributesOf(objectOf(entry["resource"], "resource")["attributes"], "resource.attributes");
}

function scopes(entry: JsonObject, scopeKey: string, itemKey: string): JsonObject[] {
  const items: JsonObject[] = [];
  for (const scope of listOf(entry[scopeKey], scopeKey)) {
    for (const item of listOf(objectOf(scope, scopeKey)[itemKey], itemKey)) items.push(objectOf(item, itemKey));
  }
  return items;
}

function metricOf(metric: JsonObject): Metric {
  const base = { name: textOf(metric["name"], "metric name"), unit: textOf(metric["unit"], "metric unit") };
  if (metric["sum"] !== undefined) {
    const sum = objectOf(metric["sum"], "sum");
    const points = listOf(sum["dataPoints"], "dataPoints").map(numberPoint);
    return { ...base, kind: "sum", monotonic: sum["isMonotonic"] === true, temporality: temporalityOf(sum), points };
  }
  if (metric["gauge"] !== undefined) {
    return { ...base, kind: "gauge", points: listOf(objectOf(metric["gauge"], "gauge")["dataPoints"], "dataPoints").map(numberPoint) };
  }
  if (metric["histogram"] !== undefined) {
    const histogram = objectOf(metric["histogram"], "histogram");
    const points = listOf(histogram["dataPoints"], "dataPoints").map(histogramPoint);
    return { ...base, kind: "histogram", temporality: temporalityOf(histogram), points };
  }
  const digest = metric["exponentialHistogram"] ?? metric["summary"];
  if (digest === undefined) return { ...base, kind: "empty", points: [] };
  const read = objectOf(digest, "digest");
  const temporality = metric["summary"] === undefined ? temporalityOf(read) : "cumulative";
  return { ...base, kind: "digest", temporality, points: listOf(read["dataPoints"], "dataPoints").map(digestPoint) };
}

function temporalityOf(data: JsonObject): Temporality {
  const given = data["aggregationTemporality"];
  if (typeof given === "string") return given.endsWith("_DELTA") ? "delta" : given.endsWith("_CUMULATIVE") ? "cumulative" : "unspecified";
  return temporalities[integerOf(given, "aggregationTemporality")] ?? "unspecified";
}

function numberPoint(each: unknown): NumberPoint {
  const point = objectOf(each, "data point");
  return { ...frame(point), value: isFlagged(point) ? undefined : numberValue(point) };
}

function numberValue(point: JsonObject): number {
  if (point["asDouble"] !== undefined) return numberOf(point["asDouble"], "asDouble");
  if (point["asInt"] !== undefined) return integerOf(point["asInt"], "asInt");
  throw malformed("a data point has neither asDouble nor asInt");
}

function histogramPoint(each: unknown): HistogramPoint {
  const point = objectOf(each, "data point");
  return {
    ...digestPoint(point),
    bounds: listOf(point["explicitBounds"], "explicitBounds").map((bound) => numberOf(bound, "explicitBounds")),
    buckets: listOf(point["bucketCounts"], "bucketCounts").map((count) => integerOf(count, "bucketCounts")),
  };
}

function digestPoint(each: unknown): HistogramPoint {
  const point = objectOf(each, "data point");
  const count = integerOf(point["count"], "count");
  return { ...frame(point), count, sum: numberOf(point["sum"], "sum"), bounds: [], buckets: [], noValue: isFlagged(point) };
}

function frame(point: JsonObject): Pick<NumberPoint, "attributes" | "startMs" | "timeMs" | "exemplars"> {
  const exemplars = listOf(point["exemplars"], "exemplars").map(exemplarOf).filter(isTraced);
  return {
    ...(exemplars.length > 0 ? { exemplars } : {}),
    attributes: attributesOf(point["attributes"], "attributes"),
    startMs: millisOf(point["startTimeUnixNano"], "startTimeUnixNano"),
    timeMs: millisOf(point["timeUnixNano"], "timeUnixNano"),
  };
}

function exemplarOf(each: unknown): OtlpExemplar {
  const exemplar = objectOf(each, "exemplars");
  return {
    value: exemplar["asInt"] === undefined ? numberOf(exemplar["asDouble"], "exemplars") : integerOf(exemplar["asInt"], "exemplars"),
    timeMs: millisOf(exemplar["timeUnixNano"], "exemplars"),
    traceId: hexOf(exemplar["traceId"], "exemplars", 32),
    spanId: hexOf(exemplar["spanId"], "exemplars", 16),
  };
}

function isFlagged(point: JsonObject): boolean {
  return point["flags"] !== undefined && (integerOf(point["flags"], "flags") & noRecordedValue) !== 0;
}

function spanOf(span: JsonObject): OtlpSpan {
  const status = objectOf(span["status"], "status");
  const isError = status["code"] === statusError || status["code"] === "STATUS_CODE_ERROR";
  return {
    traceId: hexOf(span["traceId"], "traceId", 32),
    spanId: hexOf(span["spanId"], "spanId", 16),
    parentSpanId: hexOf(span["parentSpanId"], "parentSpanId", 16),
    name: textOf(span["name"], "span name"),
    kind: kindOf(span["kind"]),
    startMs: millisOf(span["startTimeUnixNano"], "startTimeUnixNano"),
    endMs: millisOf(span["endTimeUnixNano"], "endTimeUnixNano"),
    error: isError ? textOf(status["message"], "status.message") || "error" : null,
    attributes: attributesOf(span["attributes"], "attributes"),
  };
}

/** By number, or by the name of the enum. */
function kindOf(given: unknown): OtlpSpan["kind"] {
  if (typeof given === "string") return spanKinds.find((kind) => given === `SPAN_KIND_${kind.toUpperCase()}`) ?? "internal";
  return spanKinds[integerOf(given, "kind")] ?? "internal";
}

function logOf(log: JsonObject): OtlpLog {
  const attributes = attributesOf(log["attributes"], "attributes");
  return {
    atMs: millisOf(log["timeUnixNano"], "timeUnixNano") || millisOf(log["observedTimeUnixNano"], "observedTimeUnixNano"),
    severityNumber: typeof log["severityNumber"] === "string" ? 0 : integerOf(log["severityNumber"], "severityNumber"),
    severityText: textOf(log["severityText"], "severityText"),
    event: textOf(log["eventName"], "eventName") || String(attributes.get("event.name") ?? ""),
    body: bodyOf(log["body"], "body"),
    traceId: hexOf(log["traceId"], "traceId", 32),
    spanId: hexOf(log["spanId"], "spanId", 16),
    attributes,
  };
}
