import { type HrTime, ValueType } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import { scopeName } from "../otel/scope.ts";
import type { MetricStore } from "../recorder/metric-store.ts";
import type { MetricSnapshot } from "../recorder/snapshot.ts";

export function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

function metricData(metric: MetricSnapshot, endTime: HrTime): MetricData {
  const { name, record } = metric;
  const base = {
    descriptor: { name, description: record.description, unit: record.unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (metric.kind === "histogram") {
    const boundaries = [...metric.bounds];
    const dataPoints = metric.points.map(({ attributes, startMs, count, sum, buckets }) => ({
      attributes,
      startTime: hrTime(startMs),
      endTime,
      value: { buckets: { boundaries, counts: [...buckets] }, count, sum },
    }));
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = metric.points.map(({ attributes, startMs, value }) => ({ attributes, startTime: hrTime(startMs), endTime, value }));
  if (metric.record.instrument === "gauge") return { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
  return { ...base, dataPointType: DataPointType.SUM, isMonotonic: metric.record.instrument === "counter", dataPoints };
}

/** Hands the cells of a store to an OpenTelemetry reader: no SDK call is made when something is recorded. */
export function storeProducer(store: Pick<MetricStore, "collect">, now: () => number = Date.now): MetricProducer {
  return {
    collect(): Promise<CollectionResult> {
      const endTime = hrTime(now());
      const metrics = store.collect().map((metric) => metricData(metric, endTime));
      const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: scopeName }, metrics }];
      return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] });
    },
  };
}
