import { foreignCounter, foreignGauge, max, quantile, rate, sum } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph, type Query } from "./kit/panels.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets, gauge } = scope("instance");
const window = "$__rate_interval";

/** What the collector counts alike for each signal: a line for each, by a label where one is given. */
function signals(
  what: "otelcol_receiver_accepted" | "otelcol_receiver_refused" | "otelcol_exporter_sent" | "otelcol_exporter_send_failed",
  by?: "exporter",
): Query[] {
  return (["metric_points", "spans", "log_records"] as const).map((signal) => {
    const grown = rate(foreignCounter(`${what}_${signal}_total`, '{job="otelcol"}'), window);
    const name = signal.replace("_", " ").replace("metric ", "");
    return by === undefined ? { of: sum(grown), as: name } : { of: sum(grown as never, by as never), as: `${name} to {{${by}}}` };
  });
}

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
          { title: "Tokens", description: "Checked, by result.", unit: "cps", silent: "No gateway was asked for a token" },
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
      title: "By itself",
      panels: [
        graph(
          {
            title: "Embedded store",
            description: "Series let go because of its limit, and files of it that were saved or could not be, per second.",
            unit: "cps",
            silent: "No gateway reports",
          },
          { of: sum(rate(counter("moq.gateway.store.evictions"), window), "reason"), as: "let go: {{reason}}" },
          { of: sum(rate(counter("moq.gateway.store.saves"), window), "result"), as: "saved: {{result}}" },
        ),
        graph(
          {
            title: "Rules of the gateway",
            description: "Evaluations of recording rules and alerts by the gateway itself, by result, per second.",
            unit: "cps",
            silent: "No gateway reports",
          },
          { of: sum(rate(counter("moq.gateway.rule_evaluations"), window), "result"), as: "{{result}}" },
        ),
        graph(
          {
            title: "Webhooks of the gateway",
            description: "Notifications of a gateway that tells a webhook itself, by result, per second.",
            unit: "cps",
            silent: "No gateway reports",
          },
          { of: sum(rate(counter("moq.gateway.notifications"), window), "result"), as: "{{result}}" },
        ),
      ],
    },
    {
      title: "Collector, Prometheus, Alertmanager",
      panels: [
        graph(
          {
            title: "Scraped targets",
            description: "1 where it answers Prometheus, 0 where not.",
            unit: "short",
            min: 0,
            max: 1,
            silent: "Prometheus scrapes nothing",
          },
          { of: max(foreignGauge("up", '{job=~".+"}'), "job", "instance"), as: "{{job}} {{instance}}" },
        ),
        graph(
          {
            title: "Collector: accepted",
            description: "Points, spans and log records that it took, per second.",
            unit: "cps",
            silent: "The collector is not scraped",
          },
          ...signals("otelcol_receiver_accepted"),
        ),
        graph(
          {
            title: "Collector: refused",
            description: "What it could not take because of its memory limit or its queues, per second.",
            unit: "cps",
            silent: "The collector refused nothing, or is not scraped",
          },
          ...signals("otelcol_receiver_refused"),
        ),
        graph(
          { title: "Collector: sent", description: "To each store, per second.", unit: "cps", silent: "The collector is not scraped" },
          ...signals("otelcol_exporter_sent", "exporter"),
        ),
        graph(
          {
            title: "Collector: not sent",
            description: "Given up after every retry: lost, per second.",
            unit: "cps",
            silent: "The collector lost nothing, or is not scraped",
          },
          ...signals("otelcol_exporter_send_failed", "exporter"),
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
          { title: "Rules that failed", description: "By group, per second.", unit: "cps", silent: "Prometheus is not scraped" },
          {
            of: sum(rate(foreignCounter("prometheus_rule_evaluation_failures_total", '{job="prometheus"}'), window), "rule_group"),
            as: "{{rule_group}}",
          },
        ),
        graph(
          {
            title: "Notifications",
            description: "What Alertmanager sent and could not send, by receiver, per second.",
            unit: "cps",
            silent: "Alertmanager is not scraped",
          },
          {
            of: sum(rate(foreignCounter("alertmanager_notifications_total", '{job="alertmanager"}'), window), "integration"),
            as: "{{integration}}",
          },
          {
            of: sum(rate(foreignCounter("alertmanager_notifications_failed_total", '{job="alertmanager"}'), window), "integration"),
            as: "{{integration}}, failed",
          },
        ),
      ],
    },
  ],
};
