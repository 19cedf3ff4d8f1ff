import type { RejectReason } from "../error.ts";
import { malformed } from "../error.ts";
import type { HistogramPoint, Metric, NumberPoint, ResourceMetrics } from "../otlp/model.ts";
import { readHead } from "./head.ts";
import type { Report } from "./report.ts";
import type { FleetMetric, FleetService, Vocabulary } from "./vocabulary.ts";

/** Reads any OTLP request into a report; points that are not of the vocabulary are refused in it. Throws GatewayError `malformed`. */
export function readModel(request: readonly ResourceMetrics[], into: { readonly report: Report; readonly vocabulary: Vocabulary }): void {
  const { report } = into;
  const [only, ...others] = request;
  if (only === undefined || others.length > 0) throw malformed(`a report is one resource, this body has ${request.length}`);
  const head = readHead(only.resource);
  report.head = head;
  for (const metric of only.metrics) readMetric(metric, into, head.service);
}

function readMetric(
  metric: Metric,
  { report, vocabulary }: { readonly report: Report; readonly vocabulary: Vocabulary },
  service: FleetService,
): void {
  const known = checkMetric(vocabulary, service, metric);
  for (const point of metric.points) {
    report.note(point.startMs, point.timeMs);
    if (typeof known === "string") report.refuse(known);
    else if (report.isFull) report.refuse("too_many_points");
    else {
      const reason = readNumbers(known, point, { numbers: report.numbers, from: report.next });
      if (reason !== undefined) report.refuse(reason);
      else {
        for (const exemplar of point.exemplars ?? []) report.exemplars.push({ point: report.count, ...exemplar });
        report.add(known, { ...vocabulary.placed(known, point.attributes), ...point });
      }
    }
  }
}

/** Whether a metric of a report is what the registry says: name, type, unit, temporality. */
function checkMetric(vocabulary: Vocabulary, service: FleetService, metric: Metric): FleetMetric | RejectReason {
  const known = vocabulary.metric(metric.name);
  if (known?.service !== service) return "unknown_metric";
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

/** Writes a point's numbers where they belong; a reason where they are no numbers to merge. */
function readNumbers(
  metric: FleetMetric,
  point: NumberPoint | HistogramPoint,
  { numbers, from }: { readonly numbers: Float64Array; readonly from: number },
): RejectReason | undefined {
  if (!("bounds" in point)) {
    if (point.value === undefined) return "malformed";
    numbers[from] = point.value;
    return checkNumber(point.value);
  }
  if (point.noValue) return "malformed";
  if (!sameBounds(metric.bounds ?? [], point)) return "wrong_bounds";
  numbers[from] = point.count;
  numbers[from + 1] = point.sum;
  let counted = 0;
  for (let bucket = 0; bucket < point.buckets.length; bucket++) {
    const count = point.buckets[bucket] ?? 0;
    if (count < 0) return "negative";
    counted += count;
    numbers[from + 2 + bucket] = count;
  }
  const reason = checkNumber(point.sum) ?? checkNumber(point.count);
  if (reason !== undefined) return reason;
  return counted === point.count && Number.isSafeInteger(counted) ? undefined : "malformed";
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
