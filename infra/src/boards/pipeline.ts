import { increase, quantile, rate, ratio, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph, heatmap } from "./kit/panels.ts";
import { quantiles } from "./kit/quantiles.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets, sums, samples, gauge } = scope("region", "transport", "cloud_region");
const window = "$__rate_interval";
const meanOf = (name: Parameters<typeof sums>[0]): { readonly text: string } =>
  ratio(sum(rate(sums(name), window)), sum(rate(samples(name), window)));

/** Publisher, relay and player side by side: where does media get lost or late. */
export const pipeline: Board = {
  uid: "moq-pipeline",
  title: "moqscope / Pipeline",
  description: "Publisher, relay and player side by side: at which of them is media late or lost.",
  variables: ["region", "transport", "cloud_region"],
  rows: [
    {
      title: "Latency by hop",
      panels: [
        graph(
          {
            title: "Where the time goes, mean",
            description: "What each hop adds, on average; what is left up to the measured latency is the network's.",
            unit: "s",
            stacked: true,
            span: 16,
            silent: "Nobody reports",
          },
          { of: meanOf("moq.publisher.capture_to_encode"), as: "capture to encode" },
          { of: meanOf("moq.publisher.encode_time"), as: "encode" },
          { of: meanOf("moq.relay.forward_time"), as: "relay" },
          { of: meanOf("moq.client.group_delivery"), as: "delivery of a group" },
          { of: meanOf("moq.client.jitter_buffer_delay"), as: "jitter buffer" },
          { of: meanOf("moq.client.decode_time"), as: "decode" },
        ),
        graph(
          {
            title: "Capture to screen",
            description: "Measured latency and how well the clocks were agreed on.",
            unit: "s",
            silent: "No clock agreed on",
          },
          ...quantiles(buckets("moq.client.latency"), [0.5, 0.95], "latency", true),
          { of: quantile(0.5, sum(rate(buckets("moq.client.clock_uncertainty"), window), "le")), as: "uncertainty p50" },
        ),
      ],
    },
    {
      title: "Publisher",
      panels: [
        graph(
          {
            title: "Publish attempts",
            description: "Attempts that ended, per second, by outcome.",
            unit: "cps",
            silent: "No publisher reports",
          },
          { of: sum(rate(counter("moq.publisher.publish_attempts"), window), "outcome"), as: "{{outcome}}" },
        ),
        graph(
          { title: "Encode time", description: "Picture in to chunk out.", unit: "s", silent: "No publisher reports" },
          ...quantiles(buckets("moq.publisher.encode_time"), [0.5, 0.99], "encode"),
          ...quantiles(buckets("moq.publisher.capture_to_encode"), [0.99], "capture to encode"),
        ),
        graph(
          { title: "Encoder queue, p95", description: "Frames that wait for the encoder.", unit: "short", silent: "No publisher reports" },
          { of: quantile(0.95, sum(rate(buckets("moq.publisher.encode_queue"), window), "le", "media")), as: "{{media}}" },
        ),
        graph(
          {
            title: "Frames not sent",
            description: "Captured and dropped, by reason.",
            unit: "cps",
            stacked: true,
            silent: "No publisher reports",
          },
          { of: sum(rate(counter("moq.publisher.frames_dropped"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          {
            title: "Bitrate against target, mean",
            description: "What the encoder makes and what it was told to.",
            unit: "bps",
            silent: "No publisher reports",
          },
          { of: meanOf("moq.publisher.bitrate"), as: "made" },
          { of: meanOf("moq.publisher.bitrate_target"), as: "target" },
        ),
        graph(
          {
            title: "Blocked on sending",
            description: "Seconds per second in which a write waited for credit or for the socket.",
            unit: "percentunit",
            min: 0,
            silent: "No publisher reports",
          },
          { of: sum(rate(counter("moq.publisher.send_blocked_time"), window), "transport"), as: "{{transport}}" },
        ),
        graph(
          {
            title: "Key frame interval and group size",
            description: "Media time between key frames, and how big groups are.",
            unit: "s",
            silent: "No publisher reports",
          },
          ...quantiles(buckets("moq.publisher.keyframe_interval"), [0.5, 0.95], "interval"),
        ),
        heatmap(
          { title: "Group size", description: "Payload of each group.", unit: "bytes", silent: "No publisher reports" },
          sum(increase(buckets("moq.publisher.group_size"), window), "le"),
        ),
      ],
    },
    {
      title: "Relay",
      panels: [
        graph(
          { title: "Bytes in and out", description: "Media, no framing.", unit: "Bps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.bytes_received"), window), "peer"), as: "from {{peer}}" },
          { of: sum(rate(counter("moq.relay.bytes_sent"), window), "peer"), as: "to {{peer}}" },
        ),
        graph(
          { title: "Groups in and out", description: "Groups per second.", unit: "cps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.groups_received"), window), "peer"), as: "from {{peer}}" },
          { of: sum(rate(counter("moq.relay.groups_sent"), window), "peer"), as: "to {{peer}}" },
        ),
        graph(
          { title: "Frames in and out", description: "Frames per second.", unit: "cps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.frames_received"), window)), as: "in" },
          { of: sum(rate(counter("moq.relay.frames_sent"), window)), as: "out" },
        ),
        graph(
          {
            title: "Forward time",
            description: "Last byte of a frame in to the write that carries it out.",
            unit: "s",
            limit: 0.05,
            silent: "No relay reports",
          },
          ...quantiles(buckets("moq.relay.forward_time", { peer: "client" }), [0.5, 0.99], "to viewers", true),
        ),
        heatmap(
          { title: "Forward time", description: "How it is spread.", unit: "s", silent: "No relay reports" },
          sum(increase(buckets("moq.relay.forward_time", { peer: "client" }), window), "le"),
        ),
        graph(
          {
            title: "Time to subscribe, p95",
            description: "SUBSCRIBE in to the first answer out, by where it was served from.",
            unit: "s",
            silent: "Nobody subscribes",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.relay.subscribe_time"), window), "le", "source")), as: "{{source}}", exemplars: true },
        ),
        graph(
          {
            title: "Groups dropped",
            description: "Not delivered whole to a viewer, by reason.",
            unit: "cps",
            stacked: true,
            silent: "No relay reports",
          },
          { of: sum(rate(counter("moq.relay.groups_dropped"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          {
            title: "Queue and send buffer",
            description: "Groups that wait at a subscription (p95), and bytes that wait for the network.",
            unit: "short",
            silent: "No relay reports",
          },
          { of: quantile(0.95, sum(rate(buckets("moq.relay.queue_depth"), window), "le")), as: "groups waiting, p95" },
          { of: sum(gauge("moq.relay.send_buffer")), as: "send buffer, bytes" },
        ),
        graph(
          {
            title: "Cache hits",
            description: "Share of the groups that were there when they were asked for.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "Nobody asks",
          },
          {
            of: ratio(sum(rate(counter("moq.relay.cache_hits"), window)), {
              text: `(${sum(rate(counter("moq.relay.cache_hits"), window)).text} + ${sum(rate(counter("moq.relay.cache_misses"), window)).text})`,
              binds: 9,
            }),
            as: "hits",
          },
        ),
      ],
    },
    {
      title: "Player",
      panels: [
        graph(
          { title: "Frames", description: "Received, decoded and shown, per second.", unit: "cps", silent: "No player reports" },
          { of: sum(rate(counter("moq.client.frames_received"), window)), as: "received" },
          { of: sum(rate(counter("moq.client.frames_decoded"), window)), as: "decoded" },
          { of: sum(rate(counter("moq.client.frames_rendered"), window)), as: "shown" },
        ),
        graph(
          {
            title: "Frames not shown",
            description: "By reason; those of hidden tabs are no fault.",
            unit: "cps",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.frames_dropped"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          {
            title: "Groups by outcome",
            description: "Every group ends with one.",
            unit: "cps",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(rate(counter("moq.client.groups"), window), "outcome"), as: "{{outcome}}" },
        ),
        graph(
          { title: "Delivery of a group", description: "First byte to the end of the stream.", unit: "s", silent: "No player reports" },
          ...quantiles(buckets("moq.client.group_delivery"), [0.5, 0.95], "delivery"),
        ),
        graph(
          {
            title: "Jitter buffer",
            description: "First byte of a frame to its way into the decoder.",
            unit: "s",
            silent: "No player reports",
          },
          ...quantiles(buckets("moq.client.jitter_buffer_delay"), [0.5, 0.95], "delay"),
        ),
        graph(
          { title: "Decode time", description: "Chunk in to picture out.", unit: "s", silent: "No player reports" },
          ...quantiles(buckets("moq.client.decode_time"), [0.5, 0.95], "decode"),
        ),
        graph(
          {
            title: "Received by players",
            description: "Media that arrived, against what relays sent to viewers.",
            unit: "bps",
            silent: "No player reports",
          },
          { of: times(8, sum(rate(counter("moq.client.io", { direction: "received" }), window))), as: "players received" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent", { peer: "client" }), window))), as: "relays sent" },
        ),
      ],
    },
  ],
};
