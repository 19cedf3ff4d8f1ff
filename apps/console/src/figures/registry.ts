import { metricRecord, prometheusName } from "@moqscope/telemetry";
import type { MetricValue } from "@moqscope/telemetry/query";

/** The unit that the registry gives a metric; empty for a metric that it does not hold. */
export function unitOf(name: string): string {
  return metricRecord(baseOf(name))?.unit ?? "";
}

/** The registry's one sentence about a metric; empty for a metric that it does not hold. */
export function descriptionOf(name: string): string {
  return metricRecord(name)?.description ?? "";
}

/** The name that Prometheus would know the metric by, so that a query can be copied from the console. */
export function prometheusNameOf(metric: Pick<MetricValue, "name" | "type" | "unit">): string {
  return prometheusName(metric.name, { instrument: metric.type, unit: metric.unit });
}

/** Totals of a histogram are kept under two names; the sum has the unit of the metric. */
function baseOf(name: string): string {
  return name.replace(/\.sum$/, "");
}
