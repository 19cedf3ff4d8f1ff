import type { MetricName, metrics } from "@moqscope/telemetry";
import { minus, quantile, rate, ratio, sum, type Vector } from "@moqscope/telemetry/promql";
import type { Panel } from "../kit/head.ts";
import { graph } from "../kit/panels.ts";
import { quantiles } from "../kit/quantiles.ts";
import { scope } from "../kit/scope.ts";

const { buckets, sums, samples } = scope("region", "transport", "cloud_region");
const window = "$__rate_interval";

type Histogram = { [N in MetricName]: (typeof metrics)[N]["instrument"] extends "histogram" ? N : never }[MetricName];
const mean = (name: Histogram, where = {}): Vector<never> =>
  ratio(sum(rate(sums(name, where), window)), sum(rate(samples(name, where), window)));

/** What each hop adds, in the order of the way; `forward` is once for relays that hand on and once for the last. */
const hops: readonly (readonly [hop: string, of: Vector<never>])[] = [
  ["1 capture to encode", mean("moq.publisher.capture_to_encode")],
  ["2 encode", mean("moq.publisher.encode_time")],
  ["3 forward, relay to relay", mean("moq.relay.forward_time", { peer: "relay" })],
  ["4 forward, relay to viewer", mean("moq.relay.forward_time", { peer: "client" })],
  ["5 delivery of a group", mean("moq.client.group_delivery")],
  ["6 jitter buffer", mean("moq.client.jitter_buffer_delay")],
  ["7 decode", mean("moq.client.decode_time")],
];
/** One series for each hop that somebody measures, by the label `hop`: a hop that is absent leaves the others. */
const byHop = hops.map(([hop, { text }]) => `label_replace(${text}, "hop", "${hop}", "", "")`).join(" or ");
const known: Vector<never> = sum({ text: byHop, binds: 1 } as Vector<never>);

/** Below the columns: where the time goes between camera and screen. */
export const latency: readonly Panel[] = [
  graph(
    {
      title: "Where the time goes, mean",
      description:
        "What each hop adds, on average. Network is the rest up to the measured latency: it is as uncertain as the clocks are, see beside.",
      unit: "s",
      stacked: true,
      span: 16,
      silent: "Neither publisher, relay nor player reports",
    },
    { of: { text: byHop }, as: "{{hop}}" },
    { of: minus(mean("moq.client.latency"), known), as: "8 network, the rest" },
  ),
  graph(
    {
      title: "Capture to screen",
      description: "Measured latency and how well the clocks were agreed on.",
      unit: "s",
      silent: "No player has agreed on a clock",
    },
    ...quantiles(buckets("moq.client.latency"), [0.5, 0.95], "latency", true),
    { of: quantile(0.5, sum(rate(buckets("moq.client.clock_uncertainty"), window), "le")), as: "uncertainty p50" },
  ),
];
