import type { HrTime } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { scopeName } from "../otel/scope.ts";
import type { SpanContext } from "../recorder/recorder.ts";
import type { Point } from "./points.ts";

/** OTLP/JSON (opentelemetry-proto JSON mapping): int64 as decimal strings, ids as hex, enums as numbers. */

type Json = Readonly<Record<string, unknown>>;
export type AttributeValues = Readonly<Record<string, unknown>>;

/** Nanoseconds of epoch milliseconds, without the loss that a product of floats has. */
export function nanos(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}
const hrNanos = ([seconds, nanoseconds]: HrTime): string => String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));

function anyValue(value: unknown): Json {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: String(value) };
}
function keyValues(attributes: AttributeValues): Json[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

interface PointTimes {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}
/** One observation and the span of the session that it belongs to. */
export interface Exemplar {
  readonly value: number;
  readonly trace: SpanContext;
}
interface ToldPoint extends Point {
  readonly exemplar?: Exemplar | undefined;
}
export interface ReportPoints {
  readonly resource: AttributeValues;
  /** Values relative to the base of the session. */
  readonly points: readonly ToldPoint[];
  readonly startMs: number;
  readonly nowMs: number;
}

function exemplarJson({ value, trace: { traceId, spanId } }: Exemplar, { timeUnixNano }: PointTimes): Json {
  return { timeUnixNano, asDouble: value, traceId, spanId };
}

function dataPoint(point: ToldPoint, times: PointTimes): Json {
  const exemplars = point.exemplar === undefined ? {} : { exemplars: [exemplarJson(point.exemplar, times)] };
  const base = { attributes: keyValues(point.attributes), ...times, ...exemplars };
  if (point.bounds === undefined) return { ...base, asDouble: point.numbers[0] };
  const [sum, ...counts] = point.numbers;
  const count = counts.reduce((total, bucket) => total + bucket, 0);
  return { ...base, count: String(count), sum, bucketCounts: counts.map(String), explicitBounds: point.bounds };
}

/** Body of `/v1/metrics`. */
export function metricsBody({ resource, points, startMs, nowMs }: ReportPoints): string {
  const times = { startTimeUnixNano: nanos(startMs), timeUnixNano: nanos(nowMs) };
  const byName = new Map<string, ToldPoint[]>();
  for (const point of points) byName.set(point.name, [...(byName.get(point.name) ?? []), point]);
  const metrics = [...byName.values()].map(([head, ...rest]) => {
    if (head === undefined) return {};
    const dataPoints = [head, ...rest].map((point) => dataPoint(point, times));
    const data = { aggregationTemporality: 2, dataPoints };
    const body = head.bounds === undefined ? { sum: { ...data, isMonotonic: true } } : { histogram: data };
    return { name: head.name, unit: head.record.unit, ...body };
  });
  const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: scopeName }, metrics }];
  return JSON.stringify({ resourceMetrics: [{ resource: { attributes: keyValues(resource) }, scopeMetrics }] });
}

function spanJson(span: ReadableSpan): Json {
  const { traceId, spanId } = span.spanContext();
  const parent = span.parentSpanContext?.spanId;
  return {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name: span.name,
    // The API counts kinds from 0, OTLP keeps 0 for unspecified.
    kind: span.kind + 1,
    startTimeUnixNano: hrNanos(span.startTime),
    endTimeUnixNano: hrNanos(span.endTime),
    attributes: keyValues(span.attributes),
    status: { code: span.status.code, ...(span.status.message === undefined ? {} : { message: span.status.message }) },
  };
}

/** Body of `/v1/traces`. */
export function tracesBody(resource: AttributeValues, spans: readonly ReadableSpan[]): string {
  const scopeSpans = [{ scope: { name: scopeName }, spans: spans.map(spanJson) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: keyValues(resource) }, scopeSpans }] });
}

export interface LogEntry {
  readonly atMs: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly event: string;
  readonly body: string;
  readonly attributes: AttributeValues;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** Body of `/v1/logs`. */
export function logsBody(resource: AttributeValues, logs: readonly LogEntry[]): string {
  const logRecords = logs.map(({ atMs, severityNumber, severityText, event, body, attributes, traceId, spanId }) => ({
    timeUnixNano: nanos(atMs),
    severityNumber,
    severityText,
    eventName: event,
    body: { stringValue: body },
    attributes: keyValues(attributes),
    ...(traceId === undefined || spanId === undefined ? {} : { traceId, spanId }),
  }));
  const scopeLogs = [{ scope: { name: scopeName }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: keyValues(resource) }, scopeLogs }] });
}
