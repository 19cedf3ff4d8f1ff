import { fleetMetrics, gatewayMetrics } from "./gateway/index.ts";
import type { MetricRecord } from "./metric-record.ts";
import { playerMetrics } from "./player/index.ts";
import { processMetrics } from "./process.ts";
import { publisherMetrics } from "./publisher.ts";
import { relayMetrics } from "./relay/index.ts";

/** Every metric, by its OpenTelemetry name. */
export const metrics = {
  ...playerMetrics,
  ...fleetMetrics,
  ...publisherMetrics,
  ...relayMetrics,
  ...gatewayMetrics,
  ...processMetrics,
};
export type Metrics = typeof metrics;
export type MetricName = keyof Metrics;

/** The record of a name that comes from outside, or `undefined` when the registry does not hold it. */
export function metricRecord(name: string): MetricRecord | undefined {
  return Object.hasOwn(metrics, name) ? metrics[name as MetricName] : undefined;
}
