import { rate, ratio, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { choose } from "./kit/links.ts";
import { graph, table } from "./kit/panels.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";

const { counter, gauge } = scope("broadcast");
const all = scope();
const window = "$__rate_interval";
const chosen = '{broadcast=~"$broadcast"}';

/** One broadcast among many: who watches, and how it is for them. */
export const broadcast: Board = {
  uid: "moq-broadcast",
  title: "moqscope / Broadcast",
  description:
    "Which broadcast suffers: the top of each relay and gateway by name, the rest together as other. A click on one leaves it alone.",
  variables: ["broadcast"],
  rows: [
    {
      title: "All",
      panels: [
        table(
          {
            title: "Broadcasts",
            description: "The ones with the most viewers, and the rest as other.",
            unit: "short",
            span: 24,
            silent: "No relay reports a broadcast",
            leads: { broadcast: choose("Only this one", "moq-broadcast", "broadcast", "${__value.raw:percentencode}") },
          },
          { of: sum(gauge("moq.relay.broadcast.subscribers"), "broadcast"), as: "viewers" },
          { of: times(8, sum(rate(counter("moq.relay.broadcast.bytes_received"), window), "broadcast")), as: "ingress", unit: "bps" },
          { of: times(8, sum(rate(counter("moq.relay.broadcast.bytes_sent"), window), "broadcast")), as: "egress", unit: "bps" },
          { of: sum(rate(counter("moq.relay.broadcast.groups_dropped"), window), "broadcast"), as: "groups dropped / s" },
          { of: recorded(`broadcast:moq_client_join_success:ratio_rate5m${chosen}`), as: "join success", unit: "percentunit" },
          { of: recorded(`broadcast:moq_client_rebuffer:ratio_rate5m${chosen}`), as: "rebuffering", unit: "percentunit" },
          { of: sum(rate(counter("moq.client.broadcast.slow_starts"), window), "broadcast"), as: "slow starts / s" },
        ),
        graph(
          {
            title: "Share of the rest",
            description: "Viewers of broadcasts that have no series of their own.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "No relay reports",
          },
          {
            of: ratio(
              sum(all.gauge("moq.relay.broadcast.subscribers", { broadcast: "other" })),
              sum(all.gauge("moq.relay.broadcast.subscribers")),
            ),
            as: "other",
          },
        ),
        graph(
          { title: "Viewers", description: "Subscribed at relays.", unit: "short", span: 16, stacked: true, silent: "No relay reports" },
          { of: sum(gauge("moq.relay.broadcast.subscribers"), "broadcast"), as: "{{broadcast}}" },
        ),
      ],
    },
    {
      title: "Broadcast $broadcast",
      repeat: "broadcast",
      panels: [
        graph(
          { title: "In and out", description: "Media from the publisher and to viewers.", unit: "bps", silent: "No relay reports" },
          { of: times(8, sum(rate(counter("moq.relay.broadcast.bytes_received"), window))), as: "in" },
          { of: times(8, sum(rate(counter("moq.relay.broadcast.bytes_sent"), window))), as: "out" },
        ),
        graph(
          {
            title: "Play attempts",
            description: "By outcome, per second.",
            unit: "cps",
            stacked: true,
            silent: "No player reported an attempt",
          },
          { of: sum(rate(counter("moq.client.broadcast.play_attempts"), window), "outcome"), as: "{{outcome}}" },
        ),
        graph(
          {
            title: "Its rebuffering",
            description: "Stalled time over stalled and played time, whatever the cause.",
            unit: "percentunit",
            min: 0,
            silent: "No player reports playback",
          },
          { of: recorded(`broadcast:moq_client_rebuffer:ratio_rate5m${chosen}`), as: "{{broadcast}}" },
        ),
      ],
    },
  ],
};
