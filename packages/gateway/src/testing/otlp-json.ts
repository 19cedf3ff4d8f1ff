import { buckets, metrics } from "@moqscope/telemetry";

type Plain = string | number | boolean;
type Json = Readonly<Record<string, unknown>>;

/** Attributes in OTLP/JSON. */
export function attributes(values: Readonly<Record<string, Plain>>): Json[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Plain): Json {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

export interface Times {
  readonly startMs: number;
  readonly timeMs: number;
}
const nanos = (ms: number): string => `${BigInt(Math.round(ms * 1000)) * 1000n}`;
const frame = ({ startMs, timeMs }: Times): Json => ({ startTimeUnixNano: nanos(startMs), timeUnixNano: nanos(timeMs) });

/** A cumulative sum with one point. */
export function sum(name: string, value: number, labels: Readonly<Record<string, string>>, times: Times): Json {
  const point = { ...frame(times), asDouble: value, attributes: attributes(labels) };
  return { name, unit: unitOf(name), sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] } };
}

/** A gauge with one point. */
export function gauge(name: string, value: number, labels: Readonly<Record<string, string>>, times: Times): Json {
  return { name, unit: unitOf(name), gauge: { dataPoints: [{ ...frame(times), asDouble: value, attributes: attributes(labels) }] } };
}

/** A sum that goes both ways, with one point. */
export function upDown(name: string, value: number, labels: Readonly<Record<string, string>>, times: Times): Json {
  const point = { ...frame(times), asInt: String(value), attributes: attributes(labels) };
  return { name, unit: unitOf(name), sum: { isMonotonic: false, aggregationTemporality: 2, dataPoints: [point] } };
}

/** A cumulative histogram of these values, with the bounds of the registry. */
export function histogram(name: string, values: readonly number[], labels: Readonly<Record<string, string>>, times: Times): Json {
  const bounds = boundsOf(name);
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  for (const value of values) {
    const bucket = bounds.findIndex((bound) => value <= bound);
    const at = bucket < 0 ? bounds.length : bucket;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const point = {
    ...frame(times),
    count: String(values.length),
    sum: values.reduce((all, value) => all + value, 0),
    explicitBounds: bounds,
    bucketCounts: counts.map(String),
    attributes: attributes(labels),
  };
  return { name, unit: unitOf(name), histogram: { aggregationTemporality: 2, dataPoints: [point] } };
}

/** A request with one resource. */
export function request(resource: Readonly<Record<string, Plain>>, all: readonly Json[]): Json {
  return {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope: { name: "test" }, metrics: all }] }],
  };
}

/** The resource of a player's report. */
export function playerResource(report: {
  readonly sessionId: string;
  readonly sequence: number;
  readonly acked: number;
  readonly elapsedMs?: number;
  readonly state?: string;
  readonly isFinal?: boolean;
}): Record<string, Plain> {
  return {
    "service.name": "moq-player",
    "session.id": report.sessionId,
    "moq.report.sequence": report.sequence,
    "moq.report.acked": report.acked,
    "moq.report.elapsed_ms": report.elapsedMs ?? 0,
    "moq.session.state": report.state ?? "playing",
    "moq.report.final": report.isFinal ?? false,
  };
}

function unitOf(name: string): string {
  return Object.hasOwn(metrics, name) ? metrics[name as keyof typeof metrics].unit : "1";
}

function boundsOf(name: string): readonly number[] {
  const record = metrics[name as keyof typeof metrics];
  return record.instrument === "histogram" ? buckets[record.buckets] : [];
}
