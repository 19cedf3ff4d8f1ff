import type { MetricRecord } from "../../src/registry/metric-record.ts";
import { metrics } from "../../src/registry/metrics.ts";

/** Every metric with its record, in the order of the registry. */
export const allMetrics: readonly (readonly [name: string, record: MetricRecord])[] = Object.entries(metrics);
