import { atMost, increase, quantile, rate, ratio, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph, heatmap, table } from "./kit/panels.ts";
import { quantiles } from "./kit/quantiles.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets, sums, samples, gauge } = scope("region", "transport");
const window = "$__rate_interval";
const emptyBuffers = atMost("moq.client.buffer_length", 0, { job: "moq-player", transport: { variable: "transport" } });
const inRegion = '{region=~"$region"}';

/** What viewers see: does it start, does it stall, how far behind is it. */
export const viewers: Board = {
  uid: "moq-viewers",
  title: "moqscope / Viewers",
  description: "What viewers see: does it start, how fast, does it stall, how far behind live is it.",
  variables: ["region", "transport"],
  rows: [
    {
      title: "Start",
      panels: [
        graph(
          {
            title: "Startup",
            description: "Play instruction to the first picture.",
            unit: "s",
            limit: 2,
            silent: "No player reported a start",
          },
          ...quantiles(buckets("moq.client.startup_time"), [0.5, 0.95], "startup", true),
        ),
        heatmap(
          {
            title: "Startup, spread",
            description: "How it is spread; a dot is a session with a trace.",
            unit: "s",
            silent: "No player reported a start",
          },
          sum(increase(buckets("moq.client.startup_time"), window), "le"),
        ),
        graph(
          {
            title: "Phases of a start, mean",
            description: "Parts that add up to the startup: which of them grew.",
            unit: "s",
            stacked: true,
            silent: "No player reported a start",
          },
          {
            of: ratio(
              sum(rate(sums("moq.client.startup_phase"), window), "phase"),
              sum(rate(samples("moq.client.startup_phase"), window), "phase"),
            ),
            as: "{{phase}}",
          },
        ),
        graph(
          {
            title: "Phases of a start, p95",
            description: "Each by itself; these do not add up.",
            unit: "s",
            silent: "No player reported a start",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.client.startup_phase"), window), "le", "phase")), as: "{{phase}}", exemplars: true },
        ),
        graph(
          {
            title: "Startup by transport, p95",
            description: "A slow transport, or a slow fallback to it.",
            unit: "s",
            silent: "No player reported a start",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.client.startup_time"), window), "le", "transport")), as: "{{transport}}" },
        ),
        graph(
          {
            title: "Startup by browser, p95",
            description: "As far as the browser is known.",
            unit: "s",
            silent: "No player reported a start",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.client.startup_time"), window), "le", "browser")), as: "{{browser}}" },
        ),
        graph(
          {
            title: "Play attempts",
            description: "Started, failed, or left before the first picture, per second.",
            unit: "cps",
            stacked: true,
            silent: "No player reported an attempt",
          },
          { of: sum(rate(counter("moq.client.play_attempts"), window), "outcome"), as: "{{outcome}}" },
        ),
        graph(
          { title: "Errors", description: "By type; fatal ones end the session.", unit: "cps", silent: "No player reports" },
          {
            of: sum(rate(counter("moq.client.errors"), window), "error.type", "fatal"),
            as: "{{error_type}}, fatal {{fatal}}",
            exemplars: true,
          },
        ),
        graph(
          {
            title: "Waiting for the broadcast",
            description: "Viewers that wait because nothing is on air: seconds per second.",
            unit: "short",
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.offline_wait_time"), window)), as: "waiting" },
        ),
      ],
    },
    {
      title: "Stalls",
      panels: [
        graph(
          {
            title: "Rebuffering by region",
            description: "Stalled time over stalled and played time, stalls that a publisher caused apart.",
            unit: "percentunit",
            min: 0,
            limit: 0.005,
            silent: "No player reports playback",
          },
          { of: recorded(`region:moq_client_rebuffer:ratio_rate5m${inRegion}`), as: "{{region}}" },
        ),
        graph(
          {
            title: "Stalls by cause",
            description: "Per second. Publisher: the newest group did not advance while the session answered.",
            unit: "cps",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.rebuffer_count"), window), "cause"), as: "{{cause}}" },
        ),
        heatmap(
          {
            title: "Length of stalls",
            description: "From the missed deadline to media again.",
            unit: "s",
            silent: "No player reported a stall",
          },
          sum(increase(buckets("moq.client.rebuffer_duration"), window), "le"),
        ),
        graph(
          {
            title: "Freezes per viewing hour",
            description: "Pictures that stood although sound or clock went on.",
            unit: "short",
            min: 0,
            silent: "No player reports playback",
          },
          {
            of: times(3600, ratio(sum(rate(counter("moq.client.freezes"), window)), sum(rate(counter("moq.client.play_time"), window)))),
            as: "freezes / h",
          },
        ),
        graph(
          { title: "Frames not shown", description: "By reason, per second.", unit: "cps", stacked: true, silent: "No player reports" },
          { of: sum(rate(counter("moq.client.frames_dropped", { reason: { not: "hidden" } }), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          {
            title: "Concealed sound",
            description: "Seconds of silence or stretching put in, per second of all viewers.",
            unit: "short",
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.audio_concealed_time"), window)), as: "concealed" },
        ),
      ],
    },
    {
      title: "Live",
      panels: [
        graph(
          {
            title: "Capture to screen",
            description: "Where clocks could be agreed on.",
            unit: "s",
            limit: 3,
            silent: "No player has agreed on a clock",
          },
          ...quantiles(buckets("moq.client.latency"), [0.5, 0.95], "latency", true),
          { of: quantile(0.5, sum(rate(buckets("moq.client.clock_uncertainty"), window), "le")), as: "uncertainty p50" },
        ),
        graph(
          {
            title: "Behind the live edge",
            description: "Newest frame received against the one on screen: needs no clock.",
            unit: "s",
            silent: "No player reports playback",
          },
          ...quantiles(buckets("moq.client.live_edge_offset"), [0.5, 0.95], "behind"),
        ),
        graph(
          {
            title: "Off the target, p95",
            description: "How far from the latency that was asked for, above and below.",
            unit: "s",
            silent: "No player reports playback",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.client.latency_target_error"), window), "le", "sign")), as: "{{sign}}" },
        ),
        heatmap(
          {
            title: "Buffer",
            description: "Media ahead of the playhead; the lowest line is empty.",
            unit: "s",
            silent: "No player reports playback",
          },
          sum(increase(buckets("moq.client.buffer_length"), window), "le"),
        ),
        graph(
          {
            title: "Empty buffers",
            description: "Share of the samples with nothing ahead of the playhead: the next late frame is a stall.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "No player reports playback",
          },
          {
            of: ratio(sum(rate(emptyBuffers, window), "media"), sum(rate(samples("moq.client.buffer_length"), window), "media")),
            as: "{{media}}",
          },
        ),
        graph(
          {
            title: "Picture against sound, p95",
            description: "Above 45 ms ahead or 125 ms behind people notice.",
            unit: "s",
            limit: 0.125,
            silent: "No player reports playback",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.client.av_sync_drift"), window), "le", "sign")), as: "{{sign}}" },
        ),
        graph(
          {
            title: "Sessions by state",
            description: "Sessions that reported lately.",
            unit: "short",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(gauge("moq.gateway.active_sessions"), "state"), as: "{{state}}" },
        ),
      ],
    },
    {
      title: "Quality",
      panels: [
        graph(
          {
            title: "Renditions",
            description: "Share of the time played, by the rendition shown.",
            unit: "short",
            stacked: "share",
            silent: "No player reports playback",
          },
          { of: sum(rate(counter("moq.client.rendition_time"), window), "rendition"), as: "{{rendition}}" },
        ),
        graph(
          { title: "Switches", description: "First frame of another rendition, per second.", unit: "cps", silent: "No player reports" },
          { of: sum(rate(counter("moq.client.quality_switches"), window), "direction", "trigger"), as: "{{direction}}, {{trigger}}" },
        ),
        graph(
          {
            title: "Bitrate and bandwidth, p50",
            description: "What is shown, and what the player believes the network carries.",
            unit: "bps",
            silent: "No player reports playback",
          },
          { of: quantile(0.5, sum(rate(buckets("moq.client.bitrate"), window), "le", "media")), as: "{{media}}" },
          { of: quantile(0.5, sum(rate(buckets("moq.client.bandwidth_estimate"), window), "le")), as: "bandwidth" },
        ),
      ],
    },
    {
      title: "Sessions",
      panels: [
        graph(
          {
            title: "How sessions end",
            description: "Per second, by reason; timeout: the report that never came.",
            unit: "cps",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.sessions_ended"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          { title: "Reconnects", description: "Started by the player itself, per second.", unit: "cps", silent: "No player reports" },
          { of: sum(rate(counter("moq.client.reconnects"), window), "reason"), as: "{{reason}}" },
        ),
        table(
          {
            title: "Regions",
            description: "Each region's figures of the last 5 minutes.",
            unit: "short",
            span: 8,
            silent: "No player reports playback",
          },
          { of: recorded(`region:moq_client_join_success:ratio_rate5m${inRegion}`), as: "join success", unit: "percentunit" },
          { of: recorded(`region:moq_client_rebuffer:ratio_rate5m${inRegion}`), as: "rebuffering", unit: "percentunit" },
          { of: recorded(`region:moq_client_latency_p95:5m${inRegion}`), as: "latency p95", unit: "s" },
        ),
      ],
    },
  ],
};
