import { DataPointType, type MetricData, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { MetricRecord } from "../registry/metric-record.ts";
import { playerMetrics } from "../registry/player.ts";

/** One series as a report carries it. */
export interface Point {
  readonly key: string;
  readonly name: string;
  readonly record: MetricRecord;
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent on sums. */
  readonly bounds: readonly number[] | undefined;
  /** Sums: the value. Histograms: the sum, then the bucket counts. All only ever grow. */
  readonly numbers: readonly number[];
}

/** What a service level is made of goes first when a report has no place for all. */
const first = [
  "moq.client.play_attempts",
  "moq.client.startup_time",
  "moq.client.rebuffer_time",
  "moq.client.play_time",
  "moq.client.rebuffer_count",
  "moq.client.live_edge_offset",
  "moq.client.sessions_ended",
  "moq.client.errors",
  "moq.client.connections",
];
const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);

function pointsOf(metric: MetricData): Point[] {
  const name = metric.descriptor.name;
  const record: MetricRecord | undefined = Object.hasOwn(playerMetrics, name)
    ? playerMetrics[name as keyof typeof playerMetrics]
    : undefined;
  if (record === undefined) return [];
  const point = (attributes: object, bounds: readonly number[] | undefined, numbers: readonly number[]): Point => {
    const labels = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
    return { key: `${name} ${JSON.stringify(labels)}`, name, record, attributes: labels, bounds, numbers };
  };
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? metric.dataPoints.map(({ attributes, value }) => point(attributes, undefined, [value])) : [];
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map(({ attributes, value }) =>
        point(attributes, value.buckets.boundaries, [value.sum ?? 0, ...value.buckets.counts]),
      );
    // The gateway derives live counts itself and refuses these (fleet-aggregation.md §3).
    case DataPointType.GAUGE:
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [];
  }
}

/** What the player's registry knows of a collection, most important first. */
export function collectedPoints({ scopeMetrics }: ResourceMetrics): Point[] {
  const points = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(pointsOf));
  return points.sort((a, b) => rank(a.name) - rank(b.name));
}
