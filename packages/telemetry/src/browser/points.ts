import type { MetricSnapshot } from "../recorder/snapshot.ts";
import type { MetricRecord } from "../registry/metric-record.ts";

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

function pointsOf(metric: MetricSnapshot): Point[] {
  const { name, record } = metric;
  if (metric.kind === "histogram") {
    return metric.points.map(({ key, attributes, sum, buckets }) => {
      return { key: `${name} ${key}`, name, record, attributes, bounds: metric.bounds, numbers: [sum, ...buckets] };
    });
  }
  // The gateway derives live counts itself and refuses gauges and up-down counters (fleet-aggregation.md §3).
  if (record.instrument !== "counter") return [];
  return metric.points.map(({ key, attributes, value }) => {
    return { key: `${name} ${key}`, name, record, attributes, bounds: undefined, numbers: [value] };
  });
}

/** What a collection holds that only ever grows, most important first. */
export function reportPoints(collected: readonly MetricSnapshot[]): Point[] {
  return collected.flatMap(pointsOf).sort((a, b) => rank(a.name) - rank(b.name));
}
