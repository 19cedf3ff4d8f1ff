import { type Counter, type Selector, selector } from "./expression.ts";

/** Series of programs around ours that alerts and boards name: the registry does not hold them. Their labels are those that are used. */
export const foreignSeries = {
  up: { type: "gauge", labels: ["job", "instance"] },
  alertmanager_notifications_failed_total: { type: "counter", labels: ["job", "instance", "integration", "reason"] },
  alertmanager_notifications_total: { type: "counter", labels: ["job", "instance", "integration"] },
  node_cpu_seconds_total: { type: "counter", labels: ["job", "instance", "mode"] },
  node_filesystem_avail_bytes: { type: "gauge", labels: ["job", "instance", "mountpoint", "fstype"] },
  node_filesystem_size_bytes: { type: "gauge", labels: ["job", "instance", "mountpoint", "fstype"] },
  otelcol_exporter_queue_capacity: { type: "gauge", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_queue_size: { type: "gauge", labels: ["job", "instance", "exporter"] },
  node_load1: { type: "gauge", labels: ["job", "instance"] },
  node_memory_MemAvailable_bytes: { type: "gauge", labels: ["job", "instance"] },
  node_memory_MemTotal_bytes: { type: "gauge", labels: ["job", "instance"] },
  node_netstat_Udp_RcvbufErrors: { type: "counter", labels: ["job", "instance"] },
  node_network_receive_bytes_total: { type: "counter", labels: ["job", "instance", "device"] },
  node_network_transmit_bytes_total: { type: "counter", labels: ["job", "instance", "device"] },
  otelcol_exporter_send_failed_log_records_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_send_failed_metric_points_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_send_failed_spans_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_sent_log_records_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_sent_metric_points_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_exporter_sent_spans_total: { type: "counter", labels: ["job", "instance", "exporter"] },
  otelcol_receiver_accepted_log_records_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  otelcol_receiver_accepted_metric_points_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  otelcol_receiver_accepted_spans_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  otelcol_receiver_refused_log_records_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  otelcol_receiver_refused_metric_points_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  otelcol_receiver_refused_spans_total: { type: "counter", labels: ["job", "instance", "receiver"] },
  prometheus_notifications_dropped_total: { type: "counter", labels: ["job", "instance"] },
  prometheus_rule_evaluation_failures_total: { type: "counter", labels: ["job", "instance", "rule_group"] },
  prometheus_tsdb_wal_writes_failed_total: { type: "counter", labels: ["job", "instance"] },
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
