import { increase, over, sum } from "../expression.ts";
import { record } from "../record.ts";
import type { RecordingRule, RuleGroup } from "../rule.ts";
import { bucketsOf, counter } from "../series.ts";
import { slos } from "../slo/slo.ts";
import { viewers } from "./relay.ts";

const toClients = { peer: "client" } as const;

/** Good and bad events of 5 minutes: summed over a month they give the month's compliance, each event with the same weight. */
const sloEvents: readonly RecordingRule[] = slos.flatMap((slo) => [
  record(`moq:slo_${slo.name}:bad_events_rollup5m`, slo.badEvents(increase, "5m"), `How many were bad in 5 minutes: ${slo.bad}.`),
  record(`moq:slo_${slo.name}:events_rollup5m`, slo.allEvents(increase, "5m"), `How many ${slo.events} there were in 5 minutes.`),
]);

/**
 * What is kept for a year: growth within each 5 minutes, computed every 5 minutes, so that `sum_over_time` of a long range is the growth
 * within it. Few labels, none of one process but the relay's.
 */
export const rollupRules: RuleGroup = {
  name: "moq-rollup",
  intervalSeconds: 300,
  rules: [
    ...sloEvents,
    record(
      "region:moq_client_play_attempts:rollup5m",
      sum(increase(counter("moq.client.play_attempts"), "5m"), "region", "outcome"),
      "Play attempts by region and outcome.",
    ),
    record(
      "region:moq_client_startup_time_bucket:rollup5m",
      sum(increase(bucketsOf("moq.client.startup_time"), "5m"), "region", "le"),
      "Starts by region and start-up time, for quantiles over any range.",
    ),
    record(
      "region:moq_client_latency_bucket:rollup5m",
      sum(increase(bucketsOf("moq.client.latency"), "5m"), "region", "le"),
      "Latency samples by region, for quantiles over any range.",
    ),
    record(
      "region:moq_client_play_time:rollup5m",
      sum(increase(counter("moq.client.play_time"), "5m"), "region"),
      "Viewer seconds played.",
    ),
    record(
      "region:moq_client_rebuffer_time:rollup5m",
      sum(increase(counter("moq.client.rebuffer_time"), "5m"), "region", "cause"),
      "Viewer seconds stalled, by region and cause.",
    ),
    record(
      "instance:moq_relay_bytes_sent:rollup5m",
      sum(increase(counter("moq.relay.bytes_sent", toClients), "5m"), "instance", "cloud_region"),
      "Bytes to viewers by relay.",
    ),
    record(
      "instance:moq_relay_bytes_received:rollup5m",
      sum(increase(counter("moq.relay.bytes_received"), "5m"), "instance", "cloud_region", "peer"),
      "Bytes received by relay, from publishers and from relays.",
    ),
    record(
      "instance:moq_relay_viewers:avg5m",
      sum(over("avg_over_time", viewers, "5m"), "instance", "cloud_region"),
      "Viewers by relay, the mean of 5 minutes.",
    ),
    record(
      "instance:moq_relay_packets_sent:rollup5m",
      sum(increase(counter("moq.relay.packets_sent"), "5m"), "instance", "cloud_region", "source"),
      "Packets sent by relay and source.",
    ),
    record(
      "instance:moq_relay_packets_lost:rollup5m",
      sum(increase(counter("moq.relay.packets_lost"), "5m"), "instance", "cloud_region", "source"),
      "Packets lost by relay and source.",
    ),
    record(
      "broadcast:moq_client_play_attempts:rollup5m",
      sum(increase(counter("moq.client.broadcast.play_attempts"), "5m"), "broadcast", "outcome"),
      "Play attempts by broadcast and outcome.",
    ),
    record(
      "broadcast:moq_client_play_time:rollup5m",
      sum(increase(counter("moq.client.broadcast.play_time"), "5m"), "broadcast"),
      "Viewer seconds played by broadcast.",
    ),
    record(
      "broadcast:moq_client_rebuffer_time:rollup5m",
      sum(increase(counter("moq.client.broadcast.rebuffer_time"), "5m"), "broadcast"),
      "Viewer seconds stalled by broadcast.",
    ),
    record(
      "broadcast:moq_relay_bytes_sent:rollup5m",
      sum(increase(counter("moq.relay.broadcast.bytes_sent"), "5m"), "broadcast"),
      "Bytes sent by broadcast.",
    ),
  ],
};
