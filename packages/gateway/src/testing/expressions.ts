import { alertRules, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";

/** An expression of ours and where it stands. */
export interface NamedExpression {
  readonly name: string;
  readonly expr: string;
}

/** Panels that the boards' tables spell, and the patterns of the others (dashboards-alerts, sections 1, 2 and 7). */
const panels: Readonly<Record<string, string>> = {
  "viewers by country": "sum by (country) (moq_client_country_sessions)",
  "nodes of the topology": 'sum by (instance) (moq_relay_active_subscribers{peer="client"})',
  "edges of the topology":
    'label_join(sum by (instance, peer_node) (rate(moq_relay_link_io_bytes_total{direction="received"}[5m])), "id", ">", "peer_node", "instance")',
  "links that are down": "moq_relay_link_up == 0",
  deploys: "process_uptime_seconds < 60",
  "startup heatmap": "sum by (le) (increase(moq_client_startup_time_seconds_bucket[1m]))",
  "mean startup score":
    "8 / (8 + sum(rate(moq_client_startup_time_seconds_sum[5m])) / sum(rate(moq_client_startup_time_seconds_count[5m]))) * 100",
  "mean of each startup phase":
    "sum by (phase) (rate(moq_client_startup_phase_time_seconds_sum[5m])) / sum by (phase) (rate(moq_client_startup_phase_time_seconds_count[5m]))",
  "busiest broadcasts": 'topk(10, sum by (broadcast) (moq_relay_broadcast_subscribers{peer="client"}))',
  "share of other": 'sum(moq_relay_broadcast_subscribers{broadcast="other"}) / sum(moq_relay_broadcast_subscribers)',
  "empty buffers":
    'sum(rate(moq_client_buffer_length_seconds_bucket{le=~"0(\\\\.0)?"}[5m])) / sum(rate(moq_client_buffer_length_seconds_count[5m]))',
  "errors by type": "sum by (error_type) (rate(moq_client_errors_total[5m]))",
  "freezes per hour": "3600 * sum(rate(moq_client_freezes_total[5m])) / sum(rate(moq_client_play_time_seconds_total[5m]))",
  "quality switches": "sum by (direction, trigger) (increase(moq_client_quality_switches_total[5m]))",
  "round trip by source": "histogram_quantile(0.5, sum by (le, source) (rate(moq_relay_rtt_seconds_bucket[5m])))",
  "processor time": "sum by (instance, job) (rate(process_cpu_time_seconds_total[5m]))",
  "30-day compliance": "1 - avg_over_time(moq:slo_join:error_ratio_5m[30d])",
  "budget left": "1 - avg_over_time(moq:slo_join:error_ratio_5m[30d]) / 0.005",
};

/** An expression with every threshold as a question: 0 or 1 instead of nothing where it is not passed. */
export function withoutThresholds(expr: string): string {
  return expr.replaceAll(/ (>|<|>=|==) (?=[\d.])/g, " $1 bool ");
}

/** Every expression of every rule and alert, and those of panels: what the embedded store must evaluate. */
export const expressions: readonly NamedExpression[] = [
  ...recordingRules.flatMap(({ rules }) => rules.map(({ record, expr }) => ({ name: record, expr }))),
  ...[...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ name: alert, expr }))),
  ...Object.entries(panels).map(([name, expr]) => ({ name, expr })),
];
