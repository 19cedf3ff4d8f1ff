import { describe, expect, test } from "vitest";
import { metrics } from "./metrics.ts";
import { prometheusLabel, prometheusName } from "./prometheus-name.ts";

/** The cases of metrics.md §1, then every row of §5 that the registry holds: OpenTelemetry name → Prometheus name. */
const special = [
  ["moq.client.startup_time", "histogram", "s", "moq_client_startup_time_seconds"],
  ["moq.relay.bytes_sent", "counter", "By", "moq_relay_bytes_sent_total"],
  ["moq.relay.transport_io", "counter", "By", "moq_relay_transport_io_bytes_total"],
  ["moq.client.bitrate", "histogram", "bit/s", "moq_client_bitrate_bit_per_second"],
  ["nodejs.eventloop.utilization", "gauge", "1", "nodejs_eventloop_utilization_ratio"],
  ["moq.client.quality_switches", "counter", "{switch}", "moq_client_quality_switches_total"],
  ["moq_relay_sessions_total_by_transport", "counter", "{session}", "moq_relay_sessions_by_transport_total"],
  ["9lives", "gauge", "{life}", "_9lives"],
  ["disk.io", "counter", "{op}/s", "disk_io_per_second_total"],
] as const;

const catalogue: Record<string, string> = {
  "moq.client.play_attempts": "moq_client_play_attempts_total",
  "moq.client.startup_time": "moq_client_startup_time_seconds",
  "moq.client.startup_phase": "moq_client_startup_phase_seconds",
  "moq.client.subscribe_to_first_object": "moq_client_subscribe_to_first_object_seconds",
  "moq.client.offline_wait_time": "moq_client_offline_wait_time_seconds_total",
  "moq.client.rebuffer_count": "moq_client_rebuffer_count_total",
  "moq.client.rebuffer_duration": "moq_client_rebuffer_duration_seconds",
  "moq.client.rebuffer_time": "moq_client_rebuffer_time_seconds_total",
  "moq.client.play_time": "moq_client_play_time_seconds_total",
  "moq.client.live_edge_offset": "moq_client_live_edge_offset_seconds",
  "moq.client.buffer_length": "moq_client_buffer_length_seconds",
  "moq.client.frames_received": "moq_client_frames_received_total",
  "moq.client.frames_decoded": "moq_client_frames_decoded_total",
  "moq.client.frames_rendered": "moq_client_frames_rendered_total",
  "moq.client.frames_dropped": "moq_client_frames_dropped_total",
  "moq.client.groups": "moq_client_groups_total",
  "moq.client.quality_switches": "moq_client_quality_switches_total",
  "moq.client.rendition_time": "moq_client_rendition_time_seconds_total",
  "moq.client.bitrate": "moq_client_bitrate_bit_per_second",
  "moq.client.io": "moq_client_io_bytes_total",
  "moq.client.rtt": "moq_client_rtt_seconds",
  "moq.client.bandwidth_estimate": "moq_client_bandwidth_estimate_bit_per_second",
  "moq.client.connections": "moq_client_connections_total",
  "moq.client.reconnects": "moq_client_reconnects_total",
  "moq.client.session_duration": "moq_client_session_duration_seconds",
  "moq.client.sessions_ended": "moq_client_sessions_ended_total",
  "moq.client.errors": "moq_client_errors_total",
  "moq.relay.active_connections": "moq_relay_active_connections",
  "moq.relay.active_subscribers": "moq_relay_active_subscribers",
  "moq.relay.active_streams": "moq_relay_active_streams",
  "moq.relay.active_subscriptions": "moq_relay_active_subscriptions",
  "moq.relay.connections": "moq_relay_connections_total",
  "moq.relay.sessions_closed": "moq_relay_sessions_closed_total",
  "moq.relay.errors": "moq_relay_errors_total",
  "moq.relay.announcements": "moq_relay_announcements_total",
  "moq.relay.subscriptions": "moq_relay_subscriptions_total",
  "moq.relay.subscribe_time": "moq_relay_subscribe_time_seconds",
  "moq.relay.bytes_sent": "moq_relay_bytes_sent_total",
  "moq.relay.bytes_received": "moq_relay_bytes_received_total",
  "moq.relay.transport_io": "moq_relay_transport_io_bytes_total",
  "moq.relay.frames_sent": "moq_relay_frames_sent_total",
  "moq.relay.frames_received": "moq_relay_frames_received_total",
  "moq.relay.groups_sent": "moq_relay_groups_sent_total",
  "moq.relay.groups_received": "moq_relay_groups_received_total",
  "moq.relay.groups_dropped": "moq_relay_groups_dropped_total",
  "moq.relay.datagrams": "moq_relay_datagrams_total",
  "moq.relay.forward_time": "moq_relay_forward_time_seconds",
  "moq.relay.send_buffer": "moq_relay_send_buffer_bytes",
  "moq.relay.cache_hits": "moq_relay_cache_hits_total",
  "moq.relay.cache_misses": "moq_relay_cache_misses_total",
  "moq.relay.cache_size": "moq_relay_cache_size_bytes",
  "moq.relay.upstream_subscriptions": "moq_relay_upstream_subscriptions",
  "moq.relay.session_duration": "moq_relay_session_duration_seconds",
  "moq.relay.setup_time": "moq_relay_setup_time_seconds",
  "moq.relay.rtt": "moq_relay_rtt_seconds",
  "moq.relay.congestion_window": "moq_relay_congestion_window_bytes",
  "moq.relay.congestion_events": "moq_relay_congestion_events_total",
  "moq.relay.send_rate_estimate": "moq_relay_send_rate_estimate_bit_per_second",
  "moq.relay.packets_sent": "moq_relay_packets_sent_total",
  "moq.relay.packets_lost": "moq_relay_packets_lost_total",
  "moq.relay.certificate_expiry": "moq_relay_certificate_expiry_seconds",
  "moq.relay.broadcast.subscribers": "moq_relay_broadcast_subscribers",
  "moq.relay.broadcast.bytes_sent": "moq_relay_broadcast_bytes_sent_total",
  "moq.relay.broadcast.bytes_received": "moq_relay_broadcast_bytes_received_total",
  "moq.relay.broadcast.groups_dropped": "moq_relay_broadcast_groups_dropped_total",
  "moq.gateway.reports": "moq_gateway_reports_total",
  "moq.gateway.rejected": "moq_gateway_rejected_total",
  "moq.gateway.points": "moq_gateway_points_total",
  "moq.gateway.active_sessions": "moq_gateway_active_sessions",
  "moq.gateway.session_table": "moq_gateway_session_table",
  "moq.gateway.rule_evaluations": "moq_gateway_rule_evaluations_total",
  "moq.gateway.notifications": "moq_gateway_notifications_total",
  "moq.gateway.store.evictions": "moq_gateway_store_evictions_total",
  "moq.gateway.store.memory": "moq_gateway_store_memory_bytes",
  "moq.gateway.store.series": "moq_gateway_store_series",
  "moq.gateway.evictions": "moq_gateway_evictions_total",
  "moq.gateway.resyncs": "moq_gateway_resyncs_total",
  "moq.gateway.sequence_gaps": "moq_gateway_sequence_gaps_total",
  "moq.gateway.duplicates": "moq_gateway_duplicates_total",
  "moq.gateway.ingest_time": "moq_gateway_ingest_time_seconds",
  "moq.gateway.request_size": "moq_gateway_request_size_bytes",
  "moq.gateway.series": "moq_gateway_series",
  "process.cpu.time": "process_cpu_time_seconds_total",
  "process.memory.usage": "process_memory_usage_bytes",
  "process.uptime": "process_uptime_seconds",
  "nodejs.eventloop.utilization": "nodejs_eventloop_utilization_ratio",
  "nodejs.eventloop.delay.p99": "nodejs_eventloop_delay_p99_seconds",
  "nodejs.eventloop.delay.max": "nodejs_eventloop_delay_max_seconds",
  "moq.process.event_loop_delay": "moq_process_event_loop_delay_seconds",
};

describe("prometheusName", () => {
  test.each(special)("%s (%s, %s) is %s", (name, instrument, unit, expected) => {
    expect(prometheusName(name, { instrument, unit })).toBe(expected);
  });

  test("every metric of the registry has the name of the catalogue", () => {
    expect(Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, prometheusName(name, metric)]))).toEqual(catalogue);
  });

  test("labels replace dots", () => {
    expect(prometheusLabel("error.type")).toBe("error_type");
  });
});
