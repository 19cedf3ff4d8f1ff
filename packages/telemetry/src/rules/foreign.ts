import { type Counter, type Selector, selector } from "./expression.ts";

/** Series of programs around ours that alerts name: the registry does not hold them. Their labels are those that alerts use. */
export const foreignSeries = {
  up: { type: "gauge", labels: ["job", "instance"] },
  alertmanager_notifications_failed_total: { type: "counter", labels: ["instance", "integration"] },
  node_cpu_seconds_total: { type: "counter", labels: ["instance", "mode"] },
  node_filesystem_avail_bytes: { type: "gauge", labels: ["instance", "mountpoint", "fstype"] },
  node_filesystem_size_bytes: { type: "gauge", labels: ["instance", "mountpoint", "fstype"] },
  otelcol_exporter_queue_capacity: { type: "gauge", labels: ["instance", "exporter"] },
  otelcol_exporter_queue_size: { type: "gauge", labels: ["instance", "exporter"] },
  prometheus_notifications_dropped_total: { type: "counter", labels: ["instance"] },
  prometheus_rule_evaluation_failures_total: { type: "counter", labels: ["instance", "rule_group"] },
  prometheus_tsdb_wal_writes_failed_total: { type: "counter", labels: ["instance"] },
} as const satisfies Record<string, { readonly type: "counter" | "gauge"; readonly labels: readonly string[] }>;

type Foreign = typeof foreignSeries;
type NameOf<K> = { [N in keyof Foreign]: Foreign[N]["type"] extends K ? N : never }[keyof Foreign];
type Label<N extends keyof Foreign> = Foreign[N]["labels"][number];

/** A gauge of another program; `where` is what stands in braces. */
export function foreignGauge<N extends NameOf<"gauge">>(name: N, where = ""): Selector<Label<N>> {
  return selector(`${name}${where}`);
}
/** A counter of another program. */
export function foreignCounter<N extends NameOf<"counter">>(name: N, where = ""): Counter<Label<N>> {
  return { counter: `${name}${where}` };
}
