import { alert, type MoqAlert } from "../alert.ts";
import { above, always, below, equal, increase, max, rate, ratio, rest, sum } from "../expression.ts";
import { foreignCounter, foreignGauge } from "../foreign.ts";

/** File systems that are full by nature, or are another one seen again. */
const realDisk = '{fstype!~"autofs|iso9660|overlay|ramfs|squashfs"}';

/** Whether what watches is itself well: of Prometheus, its neighbours and the hosts, which only Prometheus can see. */
export const stackAlerts: readonly MoqAlert[] = [
  alert({
    alert: "MoqRulesFailing",
    when: above(sum(increase(foreignCounter("prometheus_rule_evaluation_failures_total"), "10m"), "rule_group"), 0),
    guard: "none: never in health",
    forSeconds: 0,
    severity: "ticket",
    service: "monitoring",
    symptom: "rules",
    summary: "Prometheus could not evaluate {{ $labels.rule_group }} ({{ $value | humanize }} times in 10 minutes)",
    description: "Alerts of that group neither fire nor cease.",
    dashboard: "moq-gateway",
  }),
  alert({
    alert: "MoqTargetDown",
    when: equal(max(foreignGauge("up"), "job", "instance"), 0),
    guard: "only targets that Prometheus is told to scrape",
    forSeconds: 300,
    severity: "ticket",
    service: "monitoring",
    symptom: "down",
    summary: "{{ $labels.job }} {{ $labels.instance }} does not answer (up: {{ $value }})",
    description: "Collector, Alertmanager, node_exporter or Prometheus itself. Without the collector no figure arrives at all.",
    dashboard: "moq-gateway",
  }),
  alert({
    alert: "MoqCollectorQueueFull",
    when: above(
      ratio(
        max(foreignGauge("otelcol_exporter_queue_size"), "instance", "exporter"),
        max(foreignGauge("otelcol_exporter_queue_capacity"), "instance", "exporter"),
      ),
      0.8,
    ),
    guard: "none: a queue is empty in health",
    forSeconds: 300,
    severity: "ticket",
    service: "monitoring",
    symptom: "export",
    summary: "The queue to {{ $labels.exporter }} is {{ $value | humanizePercentage }} full",
    description: "What the collector sends to takes less than comes in; when the queue is full data is lost.",
    dashboard: "moq-gateway",
  }),
  alert({
    alert: "MoqNotificationsUndelivered",
    when: above(sum(increase(foreignCounter("alertmanager_notifications_failed_total"), "15m"), "integration"), 0),
    guard: "none: never in health",
    forSeconds: 0,
    keepFiringForSeconds: 900,
    severity: "ticket",
    service: "monitoring",
    symptom: "notifications",
    summary: "Alertmanager failed {{ $value | humanize }} times to tell by {{ $labels.integration }}",
    description: "Somebody was not told of an alert.",
    dashboard: "moq-gateway",
  }),
  alert({
    alert: "MoqPrometheusStorageFailing",
    when: above(sum(increase(foreignCounter("prometheus_tsdb_wal_writes_failed_total"), "10m"), "instance"), 0),
    guard: "none: never in health",
    forSeconds: 0,
    keepFiringForSeconds: 600,
    severity: "page",
    service: "monitoring",
    symptom: "storage",
    summary: "Prometheus {{ $labels.instance }} could not write {{ $value | humanize }} times in 10 minutes",
    description: "Samples are lost from here on, and with them every alert.",
    dashboard: "moq-host",
  }),
  alert({
    alert: "MoqDiskFull",
    when: below(
      ratio(
        max(foreignGauge("node_filesystem_avail_bytes", realDisk), "instance", "mountpoint"),
        max(foreignGauge("node_filesystem_size_bytes", realDisk), "instance", "mountpoint"),
      ),
      0.1,
    ),
    guard: "none",
    forSeconds: 300,
    severity: "ticket",
    service: "monitoring",
    symptom: "storage",
    summary: "{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} left",
    description: "Metrics, traces, logs or the gateway's store stop being written when it is full.",
    dashboard: "moq-host",
  }),
  alert({
    alert: "MoqHostSaturated",
    when: above(
      rest(
        ratio(
          sum(rate(foreignCounter("node_cpu_seconds_total", '{mode="idle"}'), "5m"), "instance"),
          sum(rate(foreignCounter("node_cpu_seconds_total"), "5m"), "instance"),
        ),
      ),
      0.9,
    ),
    guard: "none",
    forSeconds: 900,
    severity: "ticket",
    service: "monitoring",
    symptom: "saturation",
    summary: "{{ $labels.instance }} is {{ $value | humanizePercentage }} busy",
    description: "Whatever runs there is about to be late.",
    dashboard: "moq-host",
  }),
  alert({
    alert: "MoqWatchdog",
    when: always,
    guard: "none: it always fires",
    forSeconds: 0,
    severity: "info",
    service: "monitoring",
    symptom: "watchdog",
    summary: "Alerts are evaluated and sent (always {{ $value }})",
    description: "It fires for ever, so that its receiver can raise the alarm when it does not come.",
    dashboard: "moq-gateway",
  }),
];
