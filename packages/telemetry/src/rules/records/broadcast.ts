import { plus, rate, ratio, sum, times } from "../expression.ts";
import { record } from "../record.ts";
import type { RuleGroup } from "../rule.ts";
import { counter, gauge } from "../series.ts";

const attempts = "moq.client.broadcast.play_attempts";
const stalled = sum(rate(counter("moq.client.broadcast.rebuffer_time"), "5m"), "broadcast");
const played = sum(rate(counter("moq.client.broadcast.play_time"), "5m"), "broadcast");

/** The largest broadcasts, the rest as `other` (metrics.md §6). */
export const broadcastRules: RuleGroup = {
  name: "moq-broadcast",
  intervalSeconds: 30,
  rules: [
    record(
      "broadcast:moq_client_join_success:ratio_rate5m",
      ratio(
        sum(rate(counter(attempts, { outcome: "started" }), "5m"), "broadcast"),
        sum(rate(counter(attempts, { outcome: { in: ["started", "failed"] } }), "5m"), "broadcast"),
      ),
      "Share of a broadcast's play attempts that showed a frame.",
    ),
    record(
      "broadcast:moq_client_rebuffer:ratio_rate5m",
      ratio(stalled, plus(stalled, played)),
      "Stalled time over stalled and played time of a broadcast, whatever the cause: it can exceed the fleet's ratio.",
    ),
    record("broadcast:moq_relay_viewers:sum", sum(gauge("moq.relay.broadcast.subscribers"), "broadcast"), "Viewers of a broadcast."),
    record(
      "broadcast:moq_relay_egress_bits:rate5m",
      times(8, sum(rate(counter("moq.relay.broadcast.bytes_sent"), "5m"), "broadcast")),
      "Bit/s that relays send of a broadcast.",
    ),
  ],
};
