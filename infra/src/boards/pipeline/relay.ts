import { increase, plus, quantile, rate, ratio, sum } from "@moqscope/telemetry/promql";
import type { Panel } from "../kit/head.ts";
import { graph, heatmap } from "../kit/panels.ts";
import { quantiles } from "../kit/quantiles.ts";
import { scope } from "../kit/scope.ts";

const { counter, buckets, gauge } = scope("transport", "cloud_region");
const window = "$__rate_interval";

/** The middle column: what came in, what went out, what was lost between. */
export const relay: readonly Panel[] = [
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
    { title: "Forward time, spread", description: "How it is spread.", unit: "s", silent: "No relay reports" },
    sum(increase(buckets("moq.relay.forward_time", { peer: "client" }), window), "le"),
  ),
  graph(
    {
      title: "Time to subscribe, p95",
      description: "SUBSCRIBE in to the first answer out, by where it was served from.",
      unit: "s",
      silent: "No relay was asked for a track",
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
      title: "Groups waiting, p95",
      description: "Groups that wait at a subscription.",
      unit: "short",
      silent: "No relay reports",
    },
    { of: quantile(0.95, sum(rate(buckets("moq.relay.queue_depth"), window), "le", "peer")), as: "to {{peer}}" },
  ),
  graph(
    {
      title: "Send buffer",
      description: "Bytes that wait for the network, all sessions.",
      unit: "bytes",
      min: 0,
      silent: "No relay reports",
    },
    { of: sum(gauge("moq.relay.send_buffer"), "transport"), as: "{{transport}}" },
  ),
  graph(
    {
      title: "Cache hits",
      description: "Share of the groups that were there when they were asked for.",
      unit: "percentunit",
      min: 0,
      max: 1,
      silent: "No relay was asked for a group",
    },
    {
      of: ratio(
        sum(rate(counter("moq.relay.cache_hits"), window)),
        plus(sum(rate(counter("moq.relay.cache_hits"), window)), sum(rate(counter("moq.relay.cache_misses"), window))),
      ),
      as: "hits",
    },
  ),
];
