import { prometheusLabel, prometheusName } from "../../src/registry/prometheus-name.ts";
import { allMetrics } from "./registry.ts";

/** OpenTelemetry name → what Prometheus calls it: family, series and labels. */
export function prometheusNames(): Record<string, unknown> {
  return Object.fromEntries(
    allMetrics.map(([name, record]) => {
      const prometheus = prometheusName(name, record);
      const series = record.instrument === "histogram" ? ["bucket", "sum", "count"].map((part) => `${prometheus}_${part}`) : [prometheus];
      return [name, { name: prometheus, series, labels: Object.keys(record.attributes).map(prometheusLabel) }];
    }),
  );
}
