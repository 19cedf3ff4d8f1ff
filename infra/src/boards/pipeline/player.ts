import { quantile, rate, sum, times } from "@moqscope/telemetry/promql";
import type { Panel } from "../kit/head.ts";
import { graph } from "../kit/panels.ts";
import { quantiles } from "../kit/quantiles.ts";
import { scope } from "../kit/scope.ts";

const { counter, buckets } = scope("region", "transport");
const window = "$__rate_interval";
const relays = scope("transport");

/** The right column: from the relay to the screen. */
export const player: readonly Panel[] = [
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
    {
      title: "First object, p95",
      description: "SUBSCRIBE sent to the first object whole: beside the relay's time to subscribe it tells the network's part.",
      unit: "s",
      silent: "No player reports",
    },
    {
      of: quantile(0.95, sum(rate(buckets("moq.client.subscribe_to_first_object"), window), "le", "media")),
      as: "{{media}}",
      exemplars: true,
    },
  ),
  graph(
    { title: "Decode time", description: "Chunk in to picture out.", unit: "s", silent: "No player reports" },
    ...quantiles(buckets("moq.client.decode_time"), [0.5, 0.95], "decode"),
  ),
  graph(
    { title: "Decoder queue, p95", description: "Frames that wait for the decoder.", unit: "short", silent: "No player reports" },
    { of: quantile(0.95, sum(rate(buckets("moq.client.decode_queue"), window), "le", "media")), as: "{{media}}" },
  ),
  graph(
    {
      title: "Between two frames",
      description: "Time between two pictures on screen: a p95 far above the p50 is jerky.",
      unit: "s",
      silent: "No player reports",
    },
    ...quantiles(buckets("moq.client.frame_interval"), [0.5, 0.95], "interval"),
  ),
  graph(
    {
      title: "Received by players",
      description: "Media that arrived, against what relays sent to viewers.",
      unit: "bps",
      silent: "No player reports",
    },
    { of: times(8, sum(rate(counter("moq.client.io", { direction: "received" }), window))), as: "players received" },
    { of: times(8, sum(rate(relays.counter("moq.relay.bytes_sent", { peer: "client" }), window))), as: "relays sent" },
  ),
];
