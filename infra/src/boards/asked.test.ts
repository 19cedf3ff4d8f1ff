import { describe, expect, test } from "vitest";
import { boards } from "./index.ts";
import { render } from "./kit/board.ts";
import { type BoardJson, drawn } from "./lint/board-json.ts";

/** What each board must show: kind of panel, its title, and what its query asks. */
const asked: Readonly<Record<string, readonly (readonly [type: string, title: string, asks: RegExp])[]>> = {
  "moq-overview": [
    ["stat", "Viewers", /active_subscribers\{[^}]*peer="client"/],
    ["stat", "Broadcasts", /active_streams\{[^}]*origin="local"/],
    ["stat", "Egress", /8 \* .*bytes_sent/],
    ["stat", "Join success", /moq:client_join_success/],
    ["stat", "Startup, p95", /startup_p95/],
    ["stat", "Rebuffering", /moq:client_rebuffer/],
    ["stat", "Latency, p95", /latency_p95/],
    ["stat", "Alerts firing", /ALERTS\{alertstate="firing"/],
    ["timeseries", "Viewers by region", /by \(region\)/],
    ["timeseries", "Egress by transport", /bytes_sent/],
    ["timeseries", "Play attempts by outcome", /by \(outcome\)/],
    ["timeseries", "Errors", /client_errors.*\n.*relay_errors/],
    ["alertlist", "Alerts", /^$/],
    ["dashlist", "Boards", /^$/],
  ],
  "moq-pipeline": [
    ["timeseries", "Publish attempts", /publish_attempts/],
    ["timeseries", "Capture to encode", /capture_to_encode/],
    ["timeseries", "Encode time", /encode_time/],
    ["timeseries", "Encoder queue, p95", /encode_queue/],
    ["timeseries", "Frames not sent", /publisher_frames_dropped.*|by \(reason\)/],
    ["timeseries", "Bitrate against target, mean", /publisher_bitrate_bit.*\n.*bitrate_target/],
    ["timeseries", "Key frame interval", /publisher_keyframe_interval/],
    ["heatmap", "Group size", /group_size_bytes_bucket/],
    ["timeseries", "Blocked on sending", /send_blocked_time/],
    ["timeseries", "Bytes in and out", /bytes_received.*\n.*bytes_sent/],
    ["timeseries", "Frames in and out", /frames_received.*\n.*frames_sent/],
    ["timeseries", "Groups in and out", /groups_received.*\n.*groups_sent/],
    ["timeseries", "Forward time", /quantile\(0\.5.*\n.*quantile\(0\.99/],
    ["heatmap", "Forward time, spread", /increase\(moq_relay_forward_time_seconds_bucket/],
    ["timeseries", "Time to subscribe, p95", /by \(le, source\)/],
    ["timeseries", "Groups dropped", /by \(reason\)/],
    ["timeseries", "Groups waiting, p95", /queue_depth/],
    ["timeseries", "Send buffer", /send_buffer/],
    ["timeseries", "Cache hits", /cache_hits.*cache_misses/],
    ["timeseries", "Frames", /frames_received.*\n.*frames_decoded.*\n.*frames_rendered/],
    ["timeseries", "Frames not shown", /client_frames_dropped/],
    ["timeseries", "Groups by outcome", /by \(outcome\)/],
    ["timeseries", "Delivery of a group", /group_delivery/],
    ["timeseries", "Jitter buffer", /jitter_buffer_delay/],
    ["timeseries", "Decode time", /decode_time/],
    ["timeseries", "Decoder queue, p95", /decode_queue/],
    [
      "timeseries",
      "Where the time goes, mean",
      /capture_to_encode.*encode_time.*peer="relay".*peer="client".*group_delivery.*jitter_buffer.*decode_time.*\n.*client_latency.* - sum\(/,
    ],
    ["timeseries", "Capture to screen", /client_latency[^]*clock_uncertainty/],
  ],
  "moq-broadcast": [
    ["table", "Broadcasts", /broadcast_subscribers[^]*8 \* [^]*bytes_sent[^]*groups_dropped[^]*join_success[^]*rebuffer[^]*slow_starts/],
    ["timeseries", "In and out", /broadcast=~"\$broadcast"/],
    ["timeseries", "Share of the rest", /broadcast="other"/],
  ],
  "moq-viewers": [
    ["timeseries", "Startup", /quantile\(0\.5.*\n.*quantile\(0\.95/],
    ["heatmap", "Startup, spread", /startup_time_seconds_bucket/],
    ["timeseries", "Phases of a start, mean", /startup_phase_seconds_sum.*startup_phase_seconds_count/],
    ["timeseries", "Phases of a start, p95", /by \(le, phase\)/],
    ["timeseries", "Startup by transport, p95", /by \(le, transport\)/],
    ["timeseries", "Startup by browser, p95", /by \(le, browser\)/],
    ["timeseries", "Play attempts", /by \(outcome\)/],
    ["timeseries", "Errors", /error_type/],
    ["timeseries", "Waiting for the broadcast", /offline_wait_time/],
    ["timeseries", "Rebuffering by region", /client_rebuffer/],
    ["heatmap", "Length of stalls", /rebuffer_duration/],
    ["timeseries", "Stalls by cause", /by \(cause\)/],
    ["timeseries", "Capture to screen", /client_latency[^]*clock_uncertainty/],
    ["timeseries", "Behind the live edge", /live_edge_offset/],
    ["heatmap", "Buffer", /buffer_length/],
    ["timeseries", "Empty buffers", /buffer_length_seconds_bucket\{[^}]*le=~"0\(/],
    ["timeseries", "Freezes per viewing hour", /3600 \* .*freezes/],
    ["timeseries", "Frames not shown", /frames_dropped/],
    ["timeseries", "Picture against sound, p95", /av_sync_drift/],
    ["timeseries", "Switches", /by \(direction, trigger\)/],
    ["timeseries", "Renditions", /rendition_time/],
    ["timeseries", "Bitrate and bandwidth, p50", /client_bitrate[^]*bandwidth_estimate/],
  ],
  "moq-network": [
    ["timeseries", "Round trip at relays, p50 and p95", /relay_rtt.*by \(le, source\)|by \(le, source\).*relay_rtt/],
    ["timeseries", "Round trip at players, p95", /by \(le, source\).*client_rtt/],
    ["timeseries", "Round trip at publishers, p95", /by \(le, source\).*publisher_rtt/],
    ["timeseries", "Packet loss by relay", /packet_loss/],
    ["timeseries", "Congestion window, p50", /by \(le, source\).*congestion_window/],
    ["timeseries", "Congestion events", /by \(source\).*congestion_events/],
    ["timeseries", "Packets", /by \(source\).*packets_sent/],
    ["timeseries", "Estimated send rate, p50", /send_rate_estimate/],
    ["timeseries", "Datagrams", /by \(direction, outcome\)/],
    ["timeseries", "On the wire and in media", /transport_io[^]*bytes_sent/],
    ["timeseries", "Players' attempts", /by \(transport, result\)/],
    ["timeseries", "Had to be WebSocket", /websocket_share/],
    ["timeseries", "Set-up time, p95", /setup_time/],
    ["timeseries", "Reconnects", /reconnects/],
    ["timeseries", "GOAWAY", /goaways/],
  ],
  "moq-fleet": [
    [
      "table",
      "Relays",
      /active_connections[^]*active_subscribers[^]*active_streams[^]*active_subscriptions[^]*upstream_subscriptions[^]*certificate_expiry/,
    ],
    ["timeseries", "Amplification by relay", /amplification/],
    ["timeseries", "Fan-out", /fanout/],
    ["timeseries", "Saved upstream", /dedup_saving/],
    ["timeseries", "How sessions close", /sessions_closed/],
    ["timeseries", "Errors", /by \(error_type, stage\)/],
    ["timeseries", "Refused tokens", /auth_failures/],
    ["stat", "Certificates", /certificate_expiry/],
    ["geomap", "Viewers by country", /^sum by \(country\) \(moq_client_country_sessions/],
    ["table", "Countries", /by \(country\)/],
    ["geomap", "Where relays are", /"geohash", ".+", "cloud_region"/],
    ["table", "Relay regions", /by \(cloud_region\)/],
    ["nodeGraph", "Topology", /label_join\(.*"id", ">", "peer_node", "instance"\)/],
    ["table", "Links", /link_up[^]*link_io_bytes[^]*link_rtt/],
  ],
  "moq-slo": ["join", "startup", "rebuffer", "latency", "forward"].flatMap((name) => [
    ["stat", `Objective: ${name}`, /^vector\(0\.9\d+\)$/] as const,
    ["stat", `Kept: ${name}`, /^1 - .*\[30d\]/] as const,
    ["stat", `Budget left: ${name}`, /^1 - .*\[30d\]/] as const,
    [
      "timeseries",
      `Burn rate: ${name}`,
      new RegExp(["1h", "6h", "1d", "3d"].map((long) => `moq:slo_${name}:error_ratio_${long} / `).join(".*\\n.*")),
    ] as const,
    ["timeseries", `Events counted: ${name}`, new RegExp(`moq:slo_${name}:events_1h`)] as const,
  ]),
  "moq-session": [
    ["timeseries", "Startup", /startup_time_seconds_bucket/],
    ["table", "Slow starts", /name = "moq\.session\.start" && duration > 2s/],
    ["table", "Failed starts", /status = error/],
    ["table", "Stalls", /moq\.rebuffer/],
    ["table", "Sessions of this time", /select\(span\.session\.id/],
    ["table", "qlog files", /span\.moq\.qlog\.url/],
    ["traces", "Trace", /^\$trace$/],
    ["logs", "Lines of the trace", /trace_id = "\$trace"/],
    ["logs", "Lines of the session", /session_id = "\$session"/],
  ],
  "moq-gateway": [
    ["timeseries", "Reports", /gateway_reports/],
    ["timeseries", "Refused", /by \(reason\).*rejected/],
    ["timeseries", "Cut to what is possible", /clamped/],
    ["timeseries", "Tokens", /gateway_tokens/],
    ["timeseries", "Sessions", /active_sessions[^]*session_table/],
    ["timeseries", "Lost, repeated, resynced", /sequence_gaps[^]*duplicates[^]*resyncs/],
    ["timeseries", "Ingest time", /quantile\(0\.99.*ingest_time/],
    ["timeseries", "Series", /gateway_series[^]*overflow/],
    ["timeseries", "Exports", /gateway_exports/],
    ["timeseries", "Age of the last export", /last_export_age/],
    ["timeseries", "Clocks of players, p95", /clock_skew/],
    ["timeseries", "Collector: accepted", /receiver_accepted_metric_points[^]*spans[^]*log_records/],
    ["timeseries", "Collector: refused", /receiver_refused/],
    ["timeseries", "Collector: sent", /exporter_sent/],
    ["timeseries", "Collector: not sent", /exporter_send_failed/],
    ["timeseries", "Collector: queues", /exporter_queue_size/],
    ["timeseries", "Rules that failed", /rule_evaluation_failures/],
    ["timeseries", "Notifications", /notifications_total[^]*notifications_failed_total/],
  ],
  "moq-host": [
    ["timeseries", "Processor", /process_cpu_time/],
    ["timeseries", "Memory", /process_memory_usage/],
    ["timeseries", "Event loop delay, p99", /event_loop_delay/],
    ["timeseries", "Garbage collection", /gc_duration/],
    ["timeseries", "Heap", /heap_used/],
    ["timeseries", "File descriptors", /file_descriptor/],
    ["timeseries", "Processors", /node_cpu_seconds/],
    ["timeseries", "Memory available", /node_memory_MemAvailable/],
    ["timeseries", "Disk free", /node_filesystem_avail/],
    ["timeseries", "Network", /node_network_receive/],
    ["timeseries", "UDP dropped", /Udp_RcvbufErrors/],
  ],
};

const rendered = new Map(boards.map((board) => [board.uid, render(board) as BoardJson]));

test("there is a board for each subject and no other", () => {
  expect([...rendered.keys()].toSorted()).toEqual(Object.keys(asked).toSorted());
});
describe.each(Object.entries(asked))("%s shows", (uid, panels) => {
  const all = drawn(rendered.get(uid) as BoardJson);
  test.each(panels)("%s: %s", (type, title, asks) => {
    const panel = all.find((one) => one.title === title);
    expect(panel?.type).toBe(type);
    expect((panel?.targets ?? []).map(({ expr, query }) => expr ?? query).join("\n")).toMatch(asks);
  });
});
test("publisher, relay and player stand beside each other, and latency by hop below them", () => {
  const all = (rendered.get("moq-pipeline") as BoardJson).panels;
  const column = (title: string): number | undefined => all.find((one) => one.title === title)?.gridPos.x;
  const row = (title: string): number => all.find((one) => one.title === title)?.gridPos.y ?? Number.NaN;
  expect(["Encode time", "Frames in and out", "Groups by outcome"].map(column)).toEqual([0, 8, 16]);
  expect(["Encode time", "Frames in and out", "Groups by outcome"].map(row)).toEqual(Array(3).fill(row("Encode time")));
  expect(row("Where the time goes, mean")).toBeGreaterThan(
    Math.max(row("Publisher errors"), row("Cache hits"), row("Received by players")),
  );
});
