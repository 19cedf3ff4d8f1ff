/** An expression of ours and where it stands. */
export interface NamedExpression {
  readonly name: string;
  readonly expr: string;
}

/** SLOs (dashboards-alerts, section 4): bad and all events per second, over a window. */
const slos: Readonly<
  Record<string, { readonly bad: (window: string) => string; readonly all: (window: string) => string; readonly budget: number }>
> = {
  join: {
    bad: (window) => `sum(rate(moq_client_play_attempts_total{outcome="failed"}[${window}]))`,
    all: (window) => `sum(rate(moq_client_play_attempts_total{outcome=~"started|failed"}[${window}]))`,
    budget: 0.005,
  },
  startup: slowerThan("moq_client_startup_time_seconds", 'le=~"2(\\\\.0)?"', 0.05),
  rebuffer: {
    bad: (window) => `sum(rate(moq_client_rebuffer_time_seconds_total{cause!="publisher"}[${window}]))`,
    all: (window) =>
      `(sum(rate(moq_client_rebuffer_time_seconds_total{cause!="publisher"}[${window}])) + sum(rate(moq_client_play_time_seconds_total[${window}])))`,
    budget: 0.005,
  },
  latency: slowerThan("moq_client_latency_seconds", 'le=~"3(\\\\.0)?"', 0.05),
  forward: slowerThan("moq_relay_forward_time_seconds", 'peer="client",le="0.05"', 0.01, 'peer="client"'),
};

function slowerThan(
  metric: string,
  bucket: string,
  budget: number,
  all = "",
): { readonly bad: (window: string) => string; readonly all: (window: string) => string; readonly budget: number } {
  const count = (window: string): string => `sum(rate(${metric}_count${all === "" ? "" : `{${all}}`}[${window}]))`;
  return { bad: (window) => `(${count(window)} - sum(rate(${metric}_bucket{${bucket}}[${window}])))`, all: count, budget };
}

const burns = [
  ["1h", "5m", 14.4],
  ["6h", "30m", 6],
  ["1d", "2h", 3],
  ["3d", "6h", 1],
] as const;

function sloExpressions(): NamedExpression[] {
  const all: NamedExpression[] = [];
  for (const [slo, { bad, all: total, budget }] of Object.entries(slos)) {
    const windows = new Set(burns.flatMap(([long, short]) => [long, short]));
    for (const window of windows) {
      all.push({ name: `moq:slo_${slo}:error_ratio_${window}`, expr: `${bad(window)} / ${total(window)}` });
    }
    for (const [long, short, factor] of burns) {
      const events = total(long).replaceAll("rate(", "increase(");
      all.push({ name: `moq:slo_${slo}:events_${long}`, expr: events });
      all.push({
        name: `${slo} budget burn ${long}`,
        expr: `${bad(long)} / ${total(long)} > ${factor} * ${budget} and ${bad(short)} / ${total(short)} > ${factor} * ${budget} and ${events} > ${Math.ceil(5 / (factor * budget))}`,
      });
    }
  }
  return all;
}

const rebuffered = (by: string, window = "5m"): string =>
  `sum${by}(rate(moq_client_rebuffer_time_seconds_total{cause!="publisher"}[${window}]))`;
const played = (by: string): string => `sum${by}(rate(moq_client_play_time_seconds_total[5m]))`;
const broadcastRebuffered = "sum by (broadcast) (rate(moq_client_broadcast_rebuffer_time_seconds_total[5m]))";
const websocketShare =
  'sum(rate(moq_client_connections_total{transport="websocket",result="ok"}[5m])) / sum(rate(moq_client_connections_total{result="ok"}[5m]))';
const relayLoss = (by: string): string =>
  `sum by (${by}) (rate(moq_relay_packets_lost_total[5m])) / (sum by (${by}) (rate(moq_relay_packets_sent_total[5m])) > 0)`;

/** Recording rules (metrics, section 7). */
const records: Readonly<Record<string, string>> = {
  "moq:client_join_success:ratio_rate5m":
    'sum(rate(moq_client_play_attempts_total{outcome="started"}[5m])) / sum(rate(moq_client_play_attempts_total{outcome=~"started|failed"}[5m]))',
  "moq:client_exit_before_start:ratio_rate5m":
    'sum(rate(moq_client_play_attempts_total{outcome="exited"}[5m])) / sum(rate(moq_client_play_attempts_total[5m]))',
  "moq:client_rebuffer:ratio_rate5m": `${rebuffered("")} / (${rebuffered("")} + ${played("")})`,
  "region:moq_client_rebuffer:ratio_rate5m": `${rebuffered(" by (region) ")} / (${rebuffered(" by (region) ")} + ${played(" by (region) ")})`,
  "region_transport:moq_client_startup_p95:5m":
    "histogram_quantile(0.95, sum by (le, region, transport) (rate(moq_client_startup_time_seconds_bucket[5m])))",
  "region:moq_client_latency_p95:5m": "histogram_quantile(0.95, sum by (le, region) (rate(moq_client_latency_seconds_bucket[5m])))",
  "moq:client_startup_fast:ratio_rate5m":
    'sum(rate(moq_client_startup_time_seconds_bucket{le=~"2(\\\\.0)?"}[5m])) / sum(rate(moq_client_startup_time_seconds_count[5m]))',
  "moq:client_frame_drop:ratio_rate5m":
    'sum(rate(moq_client_frames_dropped_total{reason!="hidden",codec!~"aac|opus|pcm"}[5m])) / sum(rate(moq_client_frames_received_total{media="video"}[5m]))',
  "moq:client_websocket_share:ratio_rate5m": websocketShare,
  "moq:relay_amplification:ratio_rate5m":
    'sum(rate(moq_relay_bytes_sent_total{peer="client"}[5m])) / (sum(rate(moq_relay_bytes_received_total{peer!="relay"}[5m])) > 0)',
  "instance:moq_relay_amplification:ratio_rate5m":
    "sum by (instance) (rate(moq_relay_bytes_sent_total[5m])) / (sum by (instance) (rate(moq_relay_bytes_received_total[5m])) > 0)",
  "moq:relay_fanout": 'sum(moq_relay_active_subscribers{peer="client"}) / (sum(moq_relay_active_streams{origin="local"}) > 0)',
  "moq:relay_dedup_saving:ratio": '1 - sum(moq_relay_upstream_subscriptions) / (sum(moq_relay_active_subscriptions{peer="client"}) > 0)',
  "moq:relay_cache_hit:ratio_rate5m":
    "sum(rate(moq_relay_cache_hits_total[5m])) / (sum(rate(moq_relay_cache_hits_total[5m])) + sum(rate(moq_relay_cache_misses_total[5m])))",
  "cloud_region:moq_relay_viewers:sum": 'sum by (cloud_region) (moq_relay_active_subscribers{peer="client"})',
  "cloud_region:moq_relay_egress_bits:rate5m": '8 * sum by (cloud_region) (rate(moq_relay_bytes_sent_total{peer="client"}[5m]))',
  "moq:relay_packet_loss:ratio_rate5m": relayLoss("instance, cloud_region, source"),
  "cloud_region:moq_relay_packet_loss:ratio_rate5m": relayLoss("cloud_region, source"),
  "broadcast:moq_client_join_success:ratio_rate5m":
    'sum by (broadcast) (rate(moq_client_broadcast_play_attempts_total{outcome="started"}[5m])) / (sum by (broadcast) (rate(moq_client_broadcast_play_attempts_total{outcome=~"started|failed"}[5m])) > 0)',
  "broadcast:moq_client_rebuffer:ratio_rate5m": `${broadcastRebuffered} / ((${broadcastRebuffered} + sum by (broadcast) (rate(moq_client_broadcast_play_time_seconds_total[5m]))) > 0)`,
  "mean startup score":
    "8 / (8 + sum(rate(moq_client_startup_time_seconds_sum[5m])) / sum(rate(moq_client_startup_time_seconds_count[5m]))) * 100",
};

const viewers = 'sum(moq_relay_active_subscribers{peer="client"})';

/** Alerts (dashboards-alerts, section 5). */
const alerts: Readonly<Record<string, string>> = {
  MoqStartupSlow:
    "histogram_quantile(0.95, sum by (le, region) (rate(moq_client_startup_time_seconds_bucket[10m]))) > 4 and sum by (region) (increase(moq_client_startup_time_seconds_count[10m])) > 20",
  MoqLatencyHigh:
    "histogram_quantile(0.95, sum by (le, region) (rate(moq_client_latency_seconds_bucket[10m]))) > 5 and sum by (region) (increase(moq_client_latency_seconds_count[10m])) > 600",
  MoqRelaySilent:
    'count by (instance) (last_over_time(process_uptime_seconds{job="moq-relay"}[1h])) unless count by (instance) (process_uptime_seconds{job="moq-relay"})',
  MoqStreamWithoutMedia:
    'sum by (instance) (moq_relay_active_streams) > 0 and sum by (instance) (moq_relay_active_subscribers{peer="client"}) > 0 and sum by (instance) (rate(moq_relay_bytes_received_total[2m])) == 0',
  MoqConnectFailures:
    'sum(rate(moq_relay_connections_total{result!="accepted"}[5m])) / sum(rate(moq_relay_connections_total[5m])) > 0.1 and sum(increase(moq_relay_connections_total[5m])) > 50',
  MoqAuthFailures: "sum by (reason) (rate(moq_relay_auth_failures_total[5m])) > 5",
  MoqRelayErrors: "sum by (instance, error_type) (rate(moq_relay_errors_total[5m])) > 1",
  MoqGroupsDropped:
    'sum by (instance, reason) (rate(moq_relay_groups_dropped_total{reason!="reset_by_peer"}[5m])) / on (instance) group_left () sum by (instance) (rate(moq_relay_groups_sent_total[5m])) > 0.02',
  MoqForwardSlow: 'histogram_quantile(0.99, sum by (le, instance) (rate(moq_relay_forward_time_seconds_bucket{peer="client"}[5m]))) > 0.1',
  MoqEventLoopSlow: "histogram_quantile(0.99, sum by (le, instance, job) (rate(moq_process_event_loop_delay_seconds_bucket[5m]))) > 0.1",
  MoqSendBufferHigh: "sum by (instance) (moq_relay_send_buffer_bytes) > 268435456",
  MoqWebSocketFallback:
    "moq:client_websocket_share:ratio_rate5m > 0.5 and moq:client_websocket_share:ratio_rate5m > 1.5 * (moq:client_websocket_share:ratio_rate5m offset 1d)",
  MoqPublisherBehind:
    'sum(rate(moq_publisher_frames_dropped_total{reason=~"encode_queue|congestion"}[5m])) / sum(rate(moq_publisher_frames_captured_total[5m])) > 0.05',
  MoqClockUncertain: "histogram_quantile(0.5, sum by (le) (rate(moq_client_clock_uncertainty_seconds_bucket[30m]))) > 0.25",
  MoqViewersDisagree: `abs(${viewers} - sum(moq_gateway_active_sessions{state=~"playing|rebuffering|paused"})) / ${viewers} > 0.3 and ${viewers} > 20`,
  MoqTelemetryAbsent: 'absent(moq_gateway_reports_total{signal="metrics"})',
  MoqTelemetryStopped: `${viewers} > 5 and on () sum(rate(moq_gateway_reports_total{signal="metrics"}[5m])) == 0`,
  MoqGatewayRejects:
    "sum(rate(moq_gateway_rejected_total[5m])) / (sum(rate(moq_gateway_rejected_total[5m])) + sum(rate(moq_gateway_reports_total[5m]))) > 0.05 and sum(rate(moq_gateway_rejected_total[5m])) > 1",
  MoqGatewayResync:
    'sum by (instance) (rate(moq_gateway_resyncs_total[10m])) / sum by (instance) (rate(moq_gateway_reports_total{signal="metrics"}[10m])) > 0.05',
  MoqGatewayExportFailing: "max by (instance, signal) (moq_gateway_last_export_age_seconds) > 60",
  MoqGatewayOverflow: "increase(moq_gateway_overflow_total[15m]) > 0",
  MoqRulesFailing: "increase(prometheus_rule_evaluation_failures_total[10m]) > 0",
  MoqWatchdog: "vector(1)",
};

/** Panels that the boards' tables spell, and the patterns of the others (dashboards-alerts, sections 1, 2 and 7). */
const panels: Readonly<Record<string, string>> = {
  "viewers by country": "sum by (country) (moq_client_country_sessions)",
  "nodes of the topology": 'sum by (instance) (moq_relay_active_subscribers{peer="client"})',
  "edges of the topology":
    'label_join(sum by (instance, peer_node) (rate(moq_relay_link_io_bytes_total{direction="received"}[5m])), "id", ">", "peer_node", "instance")',
  "links that are down": "moq_relay_link_up == 0",
  deploys: "process_uptime_seconds < 60",
  "startup heatmap": "sum by (le) (increase(moq_client_startup_time_seconds_bucket[1m]))",
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
  return expr.replaceAll(/ (>|<|==) (?=[\d.])/g, " $1 bool ");
}

/**
 * Every expression that the reference of dashboards, rules and alerts spells or generates from its tables: what the embedded store must
 * evaluate.
 */
export const expressions: readonly NamedExpression[] = [
  ...sloExpressions(),
  ...[records, alerts, panels].flatMap((table) => Object.entries(table).map(([name, expr]) => ({ name, expr }))),
];
