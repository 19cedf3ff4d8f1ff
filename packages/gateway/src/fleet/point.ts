import type { RejectReason } from "../error.ts";
import type { HistogramPoint, Metric, NumberPoint } from "../otlp/model.ts";
import type { Session } from "./session.ts";
import type { FleetMetric, Vocabulary } from "./vocabulary.ts";

/** Whether a metric of a report is what the registry says: name, type, unit, temporality. */
export function checkMetric(vocabulary: Vocabulary, service: string, metric: Metric): FleetMetric | RejectReason {
  const known = service === "moq-player" ? vocabulary.metric(metric.name) : undefined;
  if (known === undefined) return "unknown_metric";
  if (metric.unit !== "" && metric.unit !== known.record.unit) return "wrong_type";
  switch (metric.kind) {
    case "sum":
      if (known.record.instrument !== "counter" || !metric.monotonic) return "wrong_type";
      return metric.temporality === "cumulative" ? known : "wrong_temporality";
    case "histogram":
      if (known.record.instrument !== "histogram") return "wrong_type";
      return metric.temporality === "cumulative" ? known : "wrong_temporality";
    case "gauge":
    case "digest":
    case "empty":
      return "wrong_type";
  }
}

/** Writes a point's numbers (the value, or count, sum and buckets) into `row`; a reason where they are no numbers to merge. */
export function readRow(metric: FleetMetric, point: NumberPoint | HistogramPoint, row: Float64Array): RejectReason | undefined {
  if (!("bounds" in point)) {
    if (point.value === undefined) return "malformed";
    row[0] = point.value;
    return checkNumber(point.value);
  }
  if (!sameBounds(metric.bounds ?? [], point)) return "wrong_bounds";
  row[0] = point.count;
  row[1] = point.sum;
  let counted = 0;
  for (let bucket = 0; bucket < point.buckets.length; bucket++) {
    const count = point.buckets[bucket] ?? 0;
    if (count < 0) return "negative";
    counted += count;
    row[2 + bucket] = count;
  }
  return checkNumber(point.sum) ?? checkNumber(point.count) ?? (counted === point.count ? undefined : "malformed");
}

/** Numbers of one point of this metric. */
export function rowWidth({ bounds }: FleetMetric): number {
  return bounds === undefined ? 1 : bounds.length + 3;
}

function checkNumber(value: number): RejectReason | undefined {
  if (!Number.isFinite(value)) return "not_finite";
  return value < 0 ? "negative" : undefined;
}

function sameBounds(bounds: readonly number[], point: HistogramPoint): boolean {
  if (point.bounds.length !== bounds.length || point.buckets.length !== bounds.length + 1) return false;
  for (let index = 0; index < bounds.length; index++) if (bounds[index] !== point.bounds[index]) return false;
  return true;
}

/** The metrics whose label tells the transport of the session, for what the gateway writes in its place. */
export function noteTransport(session: Session, point: NumberPoint | HistogramPoint): void {
  const transport = point.attributes.get("transport");
  if (typeof transport === "string" && transport !== "unknown") session.transport = transport;
}
