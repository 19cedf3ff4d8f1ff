import { buckets } from "../registry/buckets.ts";
import type { MetricRecord } from "../registry/metric-record.ts";
import { metrics } from "../registry/metrics.ts";
import { prometheusLabel, prometheusName } from "../registry/prometheus-name.ts";
import { resourceAttributes, services } from "../registry/resource.ts";

/** What a query may do with a series: `any` for one of which nothing is known but its name. */
export type SeriesType = "counter" | "gauge" | "any";
/** Values that a label can have; `undefined` where they are free. */
export type LabelValues = readonly string[] | undefined;

/** A series by its Prometheus name. */
export interface KnownSeries {
  readonly type: SeriesType;
  /** Labels with their values; `undefined` where nobody knows them. */
  readonly labels: ReadonlyMap<string, LabelValues> | undefined;
  /** Upper bounds, for the series `_bucket` of a histogram. */
  readonly bounds?: readonly number[];
}

/** Labels that Prometheus makes of the resource (metrics.md §1). */
const identityLabels: readonly string[] = Object.values(resourceAttributes).flatMap(({ label }) => label ?? []);

function labelsOf({ sender, service, attributes }: MetricRecord): Map<string, LabelValues> {
  const job = sender === "process" ? Object.values(services) : [service ?? services[sender]];
  const labels = new Map<string, LabelValues>(identityLabels.map((label) => [label, label === "job" ? job : undefined]));
  for (const [key, set] of Object.entries(attributes)) labels.set(prometheusLabel(key), set.kind === "closed" ? set.values : undefined);
  return labels;
}

/** Every series of the registry as Prometheus has it. */
export function registrySeries(): ReadonlyMap<string, KnownSeries> {
  const series = new Map<string, KnownSeries>();
  for (const [name, record] of Object.entries<MetricRecord>(metrics)) {
    const prometheus = prometheusName(name, record);
    const labels = labelsOf(record);
    if (record.instrument !== "histogram") {
      series.set(prometheus, { type: record.instrument === "counter" ? "counter" : "gauge", labels });
      continue;
    }
    series.set(`${prometheus}_bucket`, {
      type: "counter",
      labels: new Map([...labels, ["le", undefined]]),
      bounds: buckets[record.buckets],
    });
    for (const part of ["sum", "count"]) series.set(`${prometheus}_${part}`, { type: "counter", labels });
  }
  return series;
}
