import { foreignCounter, foreignGauge, max, quantile, rate, sum } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph } from "./kit/panels.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets, gauge } = scope("instance");
const window = "$__rate_interval";

/** Whether the figures themselves can be trusted. */
export const gateway: Board = {
  uid: "moq-gateway",
  title: "moqscope / Gateway and collector",
  description: "Whether the figures can be trusted: what came in, what was refused, what was lost on the way.",
  variables: ["instance"],
  rows: [
    {
      title: "Reports",
      panels: [
        graph(
          { title: "Reports", description: "Taken, per second, by signal and format.", unit: "cps", silent: "No gateway reports" },
          { of: sum(rate(counter("moq.gateway.reports"), window), "signal", "format"), as: "{{signal}} {{format}}" },
        ),
        graph(
          { title: "Refused", description: "By reason, per second.", unit: "cps", stacked: true, silent: "No gateway reports" },
          { of: sum(rate(counter("moq.gateway.rejected"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          {
            title: "Cut to what is possible",
            description: "Values that physics does not allow, by rule.",
            unit: "cps",
            silent: "No gateway reports",
          },
          { of: sum(rate(counter("moq.gateway.clamped"), window), "rule"), as: "{{rule}}" },
        ),
        graph(
          {
            title: "Lost, repeated, resynced",
            description: "Reports that never came, came twice, or had to begin anew.",
            unit: "cps",
            silent: "No gateway reports",
          },
          { of: sum(rate(counter("moq.gateway.sequence_gaps"), window)), as: "missing" },
          { of: sum(rate(counter("moq.gateway.duplicates"), window)), as: "repeated" },
          { of: sum(rate(counter("moq.gateway.resyncs"), window), "reason"), as: "resync: {{reason}}" },
        ),
        graph(
          { title: "Tokens", description: "Checked, by result.", unit: "cps", silent: "No tokens asked for" },
          { of: sum(rate(counter("moq.gateway.tokens"), window), "result"), as: "{{result}}" },
        ),
        graph(
          { title: "Ingest time", description: "Request read to answer written.", unit: "s", silent: "No gateway reports" },
          { of: quantile(0.99, sum(rate(buckets("moq.gateway.ingest_time"), window), "le", "signal")), as: "{{signal}} p99" },
        ),
        graph(
          { title: "Sessions", description: "Live by state, and rows of the table.", unit: "short", silent: "No gateway reports" },
          { of: sum(gauge("moq.gateway.active_sessions"), "state"), as: "{{state}}" },
          { of: sum(gauge("moq.gateway.session_table")), as: "table" },
        ),
        graph(
          {
            title: "Series",
            description: "Of the fleet, and points that had to be folded into other.",
            unit: "short",
            silent: "No gateway reports",
          },
          { of: sum(gauge("moq.gateway.series"), "instance"), as: "{{instance}}" },
          { of: sum(rate(counter("moq.gateway.overflow"), window)), as: "folded / s" },
        ),
        graph(
          {
            title: "Clocks of players, p95",
            description: "How far from the gateway's; never used for a figure.",
            unit: "s",
            silent: "No gateway reports",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.gateway.clock_skew"), window), "le", "sign")), as: "{{sign}}" },
        ),
      ],
    },
    {
      title: "Onwards",
      panels: [
        graph(
          { title: "Exports", description: "Requests to the collector, by result.", unit: "cps", silent: "No gateway exports" },
          { of: sum(rate(counter("moq.gateway.exports"), window), "signal", "result"), as: "{{signal}} {{result}}" },
        ),
        graph(
          {
            title: "Age of the last export",
            description: "Seconds since one was taken.",
            unit: "s",
            limit: 60,
            silent: "No gateway exports",
          },
          { of: max(gauge("moq.gateway.last_export_age"), "instance", "signal"), as: "{{instance}} {{signal}}" },
        ),
        graph(
          { title: "Waiting for export", description: "Spans and log records.", unit: "short", silent: "No gateway exports" },
          { of: sum(gauge("moq.gateway.export_queue"), "signal"), as: "{{signal}}" },
        ),
      ],
    },
    {
      title: "Collector, Prometheus, Alertmanager",
      panels: [
        graph(
          {
            title: "Collector: received",
            description: "Accepted and refused, per second.",
            unit: "cps",
            silent: "The collector is not scraped",
          },
          { of: sum(rate(foreignCounter("otelcol_receiver_accepted_metric_points_total", '{job="otelcol"}'), window)), as: "points" },
          { of: sum(rate(foreignCounter("otelcol_receiver_accepted_spans_total", '{job="otelcol"}'), window)), as: "spans" },
          { of: sum(rate(foreignCounter("otelcol_receiver_accepted_log_records_total", '{job="otelcol"}'), window)), as: "log records" },
        ),
        graph(
          {
            title: "Collector: queues",
            description: "Batches that wait for a store.",
            unit: "short",
            silent: "The collector is not scraped",
          },
          { of: sum(foreignGauge("otelcol_exporter_queue_size", '{job="otelcol"}'), "exporter"), as: "{{exporter}}" },
        ),
        graph(
          { title: "Rules and notifications that failed", description: "Per second.", unit: "cps", silent: "Prometheus is not scraped" },
          { of: sum(rate(foreignCounter("prometheus_rule_evaluation_failures_total", '{job="prometheus"}'), window)), as: "rules" },
          {
            of: sum(rate(foreignCounter("alertmanager_notifications_failed_total", '{job="alertmanager"}'), window), "integration"),
            as: "{{integration}}",
          },
        ),
      ],
    },
  ],
};
