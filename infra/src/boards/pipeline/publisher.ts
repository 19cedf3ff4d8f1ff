import { increase, quantile, rate, ratio, sum } from "@moqscope/telemetry/promql";
import type { Panel } from "../kit/head.ts";
import { graph, heatmap } from "../kit/panels.ts";
import { quantiles } from "../kit/quantiles.ts";
import { scope } from "../kit/scope.ts";

const { counter, buckets, sums, samples } = scope("transport");
const window = "$__rate_interval";
const meanOf = (name: "moq.publisher.bitrate" | "moq.publisher.bitrate_target"): { readonly text: string } =>
  ratio(sum(rate(sums(name), window)), sum(rate(samples(name), window)));

/** The left column: from the camera to the relay. */
export const publisher: readonly Panel[] = [
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
    {
      title: "Capture to encode",
      description: "Picture captured to the encoder called: scaling and waiting before it.",
      unit: "s",
      silent: "No publisher reports",
    },
    ...quantiles(buckets("moq.publisher.capture_to_encode"), [0.5, 0.99], "wait"),
  ),
  graph(
    { title: "Encode time", description: "Picture in to chunk out.", unit: "s", silent: "No publisher reports" },
    ...quantiles(buckets("moq.publisher.encode_time"), [0.5, 0.99], "encode"),
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
      title: "Key frame interval",
      description: "Media time between key frames: a viewer who joins waits for the next.",
      unit: "s",
      silent: "No publisher reports",
    },
    ...quantiles(buckets("moq.publisher.keyframe_interval"), [0.5, 0.95], "interval"),
  ),
  heatmap(
    { title: "Group size", description: "Payload of each group.", unit: "bytes", silent: "No publisher reports" },
    sum(increase(buckets("moq.publisher.group_size"), window), "le"),
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
    { title: "Publisher errors", description: "By type; fatal ones end the broadcast.", unit: "cps", silent: "No publisher reports" },
    { of: sum(rate(counter("moq.publisher.errors"), window), "error.type", "fatal"), as: "{{error_type}}, fatal {{fatal}}" },
  ),
];
