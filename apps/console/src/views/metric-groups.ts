import type { MetricValue } from "@moqscope/telemetry/query";
import { prometheusNameOf } from "../figures/registry.ts";

/** All series of one metric. */
export interface MetricGroup {
  readonly name: string;
  readonly type: MetricValue["type"];
  readonly unit: string;
  readonly series: readonly MetricValue[];
}

/** The series in which every word of `text` occurs (in name, Prometheus name, service, instance or `key=value`), by metric. */
export function groupMetrics(metrics: readonly MetricValue[], text: string): MetricGroup[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const groups = new Map<string, MetricValue[]>();
  for (const metric of metrics) {
    const haystack = words.length === 0 ? "" : wordsOf(metric);
    if (!words.every((word) => haystack.includes(word))) continue;
    const group = groups.get(metric.name);
    if (group === undefined) groups.set(metric.name, [metric]);
    else group.push(metric);
  }
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, series]) => ({
      name,
      type: series[0]?.type ?? "gauge",
      unit: series[0]?.unit ?? "",
      series: series.sort((a, b) => seriesKey(a).localeCompare(seriesKey(b), "en", { numeric: true })),
    }));
}

/** What tells one series of a metric from another. */
export function seriesKey(metric: MetricValue): string {
  const pairs = Object.entries(metric.attributes).map(([key, value]) => `${key}=${value}`);
  return [metric.service, metric.instance, ...pairs.sort()].join("\n");
}

function wordsOf(metric: MetricValue): string {
  return `${metric.name} ${prometheusNameOf(metric)} ${seriesKey(metric)}`.toLowerCase();
}
