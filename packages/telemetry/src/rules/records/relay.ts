import { plus, quantile, rate, ratio, rest, sum, times, type Vector } from "../expression.ts";
import { record } from "../record.ts";
import type { RuleGroup } from "../rule.ts";
import { bucketsOf, counter, gauge } from "../series.ts";

const sent = rate(counter("moq.relay.bytes_sent"), "5m");
const sentToClients = rate(counter("moq.relay.bytes_sent", { peer: "client" }), "5m");
const received = rate(counter("moq.relay.bytes_received"), "5m");
const ingress = rate(counter("moq.relay.bytes_received", { peer: { not: "relay" } }), "5m");
const hits = sum(rate(counter("moq.relay.cache_hits"), "5m"));
const misses = sum(rate(counter("moq.relay.cache_misses"), "5m"));
const lost = rate(counter("moq.relay.packets_lost"), "5m");
const packets = rate(counter("moq.relay.packets_sent"), "5m");
/** Relays count each distinct pair of session and broadcast. */
export const viewers = gauge("moq.relay.active_subscribers", { peer: "client" });
const bits = <L extends string>(bytes: Vector<L>): Vector<L> => times(8, bytes);

/** Loss is never summed over `source`: a lost QUIC packet and a segment sent again are not the same thing. */
export const packetLoss = record(
  "moq:relay_packet_loss:ratio_rate5m",
  ratio(sum(lost, "instance", "cloud_region", "source"), sum(packets, "instance", "cloud_region", "source")),
  "Share of the packets that a relay sent and lost, by relay and source; absent without traffic.",
);

/** What relays carry, over the fleet, by region and by relay. */
export const relayRules: RuleGroup = {
  name: "moq-relay",
  intervalSeconds: 30,
  rules: [
    record(
      "moq:relay_amplification:ratio_rate5m",
      ratio(sum(sentToClients), sum(ingress)),
      "Bytes sent to viewers over bytes received from publishers; absent without a publisher.",
    ),
    record(
      "instance:moq_relay_amplification:ratio_rate5m",
      ratio(sum(sent, "instance"), sum(received, "instance")),
      "All bytes that a relay sent over all that it received, links included.",
    ),
    record(
      "moq:relay_fanout:ratio",
      ratio(sum(viewers), sum(gauge("moq.relay.active_streams", { origin: "local" }))),
      "Viewers of a broadcast, on average.",
    ),
    record(
      "moq:relay_dedup_saving:ratio",
      rest(ratio(sum(gauge("moq.relay.upstream_subscriptions")), sum(gauge("moq.relay.active_subscriptions", { peer: "client" })))),
      "Share of the viewers' subscriptions that needed none upstream.",
    ),
    record("moq:relay_cache_hit:ratio_rate5m", ratio(hits, plus(hits, misses)), "Share of the groups asked for that the cache had."),
    record("cloud_region:moq_relay_viewers:sum", sum(viewers, "cloud_region"), "Viewers by the region of their relay."),
    record("instance:moq_relay_viewers:sum", sum(viewers, "instance", "cloud_region"), "Viewers by relay."),
    record("cloud_region:moq_relay_egress_bits:rate5m", bits(sum(sentToClients, "cloud_region")), "Bit/s to viewers by region."),
    record("instance:moq_relay_egress_bits:rate5m", bits(sum(sentToClients, "instance", "cloud_region")), "Bit/s to viewers by relay."),
    record(
      "instance:moq_relay_forward_p99:5m",
      quantile(0.99, sum(rate(bucketsOf("moq.relay.forward_time", { peer: "client" }), "5m"), "le", "instance")),
      "Time in the relay that 99 % of the frames to viewers stay below, seconds.",
    ),
    packetLoss,
    record(
      "cloud_region:moq_relay_packet_loss:ratio_rate5m",
      ratio(sum(lost, "cloud_region", "source"), sum(packets, "cloud_region", "source")),
      "The same over all relays of a region.",
    ),
  ],
};
