import type { HistogramDataPoint, NumberDataPoint } from "../../../../packages/gateway/src/gen/metrics/v1/metrics_pb.ts";
import { attributes } from "../../../../packages/gateway/src/otlp/proto-values.ts";
import { type Collector, pointsOf } from "../../../../packages/gateway/src/testing/collector.ts";
import { sumOf } from "../world/books.ts";
import { viewersKey } from "../world/exports.ts";

interface Series {
  readonly key: string;
  startNanos: bigint;
  row: number[];
  readonly before: number[][];
}

/**
 * What the audience's series counted in all, out of the raw samples that gateways exported: one that begins later, or falls, has begun again
 * at zero, and what it counted before stays.
 */
export function collected(collector: Collector): Map<string, number[]> {
  const all = new Map<string, Series>();
  for (const request of collector.metrics()) {
    for (const { resource, scopeMetrics } of request.resourceMetrics) {
      const instance = attributes(resource?.attributes ?? []).get("service.instance.id") ?? "";
      for (const each of pointsOf({ ...request, resourceMetrics: [{ resource, scopeMetrics } as never] })) {
        if (each.service !== "moq-player") continue;
        const labels = Object.fromEntries(Object.entries(each.labels).map(([key, value]) => [key, String(value)]));
        take(all, { identity: `${instance} ${each.name} ${JSON.stringify(labels)}`, key: viewersKey(each.name, labels) }, each.point);
      }
    }
  }
  const totals = new Map<string, number[]>();
  for (const { key, row, before } of all.values()) for (const part of [...before, row]) totals.set(key, sumOf(totals.get(key), part));
  return totals;
}

function take(
  all: Map<string, Series>,
  { identity, key }: { identity: string; key: string },
  point: NumberDataPoint | HistogramDataPoint,
): void {
  const row = rowOf(point);
  const known = all.get(identity);
  if (known === undefined) {
    all.set(identity, { key, startNanos: point.startTimeUnixNano, row, before: [] });
    return;
  }
  const isReset = point.startTimeUnixNano > known.startNanos || (row[0] ?? 0) < (known.row[0] ?? 0);
  if (isReset) known.before.push(known.row);
  known.startNanos = point.startTimeUnixNano;
  known.row = row;
}

function rowOf(point: NumberDataPoint | HistogramDataPoint): number[] {
  if ("bucketCounts" in point) return [Number(point.count), point.sum ?? 0, ...point.bucketCounts.map(Number)];
  return [Number(point.value.value ?? 0)];
}
