import type { RuleGroup } from "./rule.ts";
import { rateSum, ratio } from "./series.ts";

const perRelay = ["instance", "cloud_region", "source"] as const;
const perRegion = ["cloud_region", "source"] as const;

/** What the links carry and lose. Never summed over `source`: a lost QUIC packet and a segment sent again are not the same thing. */
export const networkRules: RuleGroup = {
  name: "moq-network",
  intervalSeconds: 30,
  rules: [
    {
      record: "moq:relay_packet_loss:ratio_rate5m",
      expr: ratio(rateSum("moq.relay.packets_lost", perRelay), rateSum("moq.relay.packets_sent", perRelay)),
      description: "Share of the packets that a relay sent and lost, by relay and source; absent without traffic.",
    },
    {
      record: "cloud_region:moq_relay_packet_loss:ratio_rate5m",
      expr: ratio(rateSum("moq.relay.packets_lost", perRegion), rateSum("moq.relay.packets_sent", perRegion)),
      description: "The same over all relays of a region.",
    },
    {
      record: "moq:client_websocket_share:ratio_rate5m",
      expr: ratio(
        rateSum("moq.client.connections", [], { transport: "websocket", result: "ok" }),
        rateSum("moq.client.connections", [], { result: "ok" }),
      ),
      description: "Share of the players' connections that had to be WebSocket.",
    },
  ],
};
