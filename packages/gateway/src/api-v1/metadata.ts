import { type MetricRecord, metrics, prometheusName } from "@moqscope/telemetry";

/** What Prometheus tells of a metric. */
export interface Metadata {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly unit: string;
}

/** Type, help and unit of every metric of the registry, by the name of its family. */
export function metadata(asked: { readonly metric: string | undefined; readonly limit: number }): Record<string, readonly Metadata[]> {
  const found: Record<string, readonly Metadata[]> = {};
  let count = 0;
  for (const [name, record] of Object.entries<MetricRecord>(metrics)) {
    const family = prometheusName(name, record);
    if (asked.metric !== undefined && family !== asked.metric) continue;
    if (asked.limit > 0 && count++ >= asked.limit) break;
    const { instrument, description, unit } = record;
    found[family] = [{ type: instrument === "updowncounter" ? "gauge" : instrument, help: description, unit }];
  }
  return found;
}
