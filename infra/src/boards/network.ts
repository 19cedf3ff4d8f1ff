import { quantile, rate, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph } from "./kit/panels.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";

const { counter, buckets } = scope("transport", "cloud_region", "instance");
const window = "$__rate_interval";

/** The links themselves; what comes of different sources is never summed. */
export const network: Board = {
  uid: "moq-network",
  title: "moqscope / Network",
  description: "Round trips, loss and congestion, each by its source: a lost QUIC packet and a segment sent again are not the same thing.",
  variables: ["transport", "cloud_region", "instance"],
  rows: [
    {
      title: "Path",
      panels: [
        graph(
          {
            title: "Round trip at relays, p50 and p95",
            description: "Smoothed round trip of each session, by who measured it.",
            unit: "s",
            silent: "No relay reports",
          },
          { of: quantile(0.5, sum(rate(buckets("moq.relay.rtt"), window), "le", "source")), as: "{{source}} p50" },
          { of: quantile(0.95, sum(rate(buckets("moq.relay.rtt"), window), "le", "source")), as: "{{source}} p95" },
        ),
        graph(
          { title: "Round trip at players, p95", description: "As players measured it.", unit: "s", silent: "No player reports" },
          { of: quantile(0.95, sum(rate(buckets("moq.client.rtt"), window), "le", "source")), as: "{{source}}" },
        ),
        graph(
          { title: "Round trip at publishers, p95", description: "As publishers measured it.", unit: "s", silent: "No publisher reports" },
          { of: quantile(0.95, sum(rate(buckets("moq.publisher.rtt"), window), "le", "source")), as: "{{source}}" },
        ),
        graph(
          {
            title: "Packet loss by relay",
            description: "Share of the packets that a relay sent and lost.",
            unit: "percentunit",
            min: 0,
            silent: "No relay sends",
          },
          {
            of: recorded('moq:relay_packet_loss:ratio_rate5m{instance=~"$instance",cloud_region=~"$cloud_region"}'),
            as: "{{instance}}, {{source}}",
          },
        ),
        graph(
          {
            title: "Packet loss by region",
            description: "The same over the relays of a region.",
            unit: "percentunit",
            min: 0,
            silent: "No relay sends",
          },
          {
            of: recorded('cloud_region:moq_relay_packet_loss:ratio_rate5m{cloud_region=~"$cloud_region"}'),
            as: "{{cloud_region}}, {{source}}",
          },
        ),
        graph(
          { title: "Packets", description: "Sent by relays, per second.", unit: "pps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.packets_sent"), window), "source"), as: "{{source}}" },
        ),
        graph(
          { title: "Congestion window, p50", description: "Bytes that may be on the way.", unit: "bytes", silent: "No relay reports" },
          { of: quantile(0.5, sum(rate(buckets("moq.relay.congestion_window"), window), "le", "source")), as: "{{source}}" },
        ),
        graph(
          {
            title: "Congestion events",
            description: "Times that a sender took back its rate, per second.",
            unit: "cps",
            silent: "No relay reports",
          },
          { of: sum(rate(counter("moq.relay.congestion_events"), window), "source"), as: "{{source}}" },
        ),
        graph(
          {
            title: "Estimated send rate, p50",
            description: "What the links to viewers are believed to carry.",
            unit: "bps",
            silent: "No relay reports",
          },
          { of: quantile(0.5, sum(rate(buckets("moq.relay.send_rate_estimate"), window), "le", "transport")), as: "{{transport}}" },
        ),
      ],
    },
    {
      title: "Connections",
      panels: [
        graph(
          { title: "Players' attempts", description: "By transport and result, per second.", unit: "cps", silent: "No player connects" },
          { of: sum(rate(counter("moq.client.connections"), window), "transport", "result"), as: "{{transport}} {{result}}" },
        ),
        graph(
          {
            title: "Relays' attempts",
            description: "By transport and result, per second.",
            unit: "cps",
            silent: "No relay is connected to",
          },
          { of: sum(rate(counter("moq.relay.connections"), window), "transport", "result"), as: "{{transport}} {{result}}" },
        ),
        graph(
          {
            title: "Had to be WebSocket",
            description: "Share of the players' connections.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "No player connects",
          },
          { of: recorded("moq:client_websocket_share:ratio_rate5m"), as: "WebSocket" },
        ),
        graph(
          { title: "Set-up time, p95", description: "Connection to the end of SETUP.", unit: "s", silent: "No relay is connected to" },
          {
            of: quantile(0.95, sum(rate(buckets("moq.relay.setup_time"), window), "le", "transport")),
            as: "{{transport}}",
            exemplars: true,
          },
        ),
        graph(
          { title: "Reconnects", description: "Started by players, per second.", unit: "cps", silent: "No player reports" },
          { of: sum(rate(counter("moq.client.reconnects"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          { title: "GOAWAY", description: "Sent and received by relays, per second.", unit: "cps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.goaways"), window), "direction"), as: "{{direction}}" },
        ),
      ],
    },
    {
      title: "Bytes",
      panels: [
        graph(
          {
            title: "On the wire and in media",
            description: "Transport bytes beside media: the difference is framing and what is sent again.",
            unit: "bps",
            span: 12,
            silent: "No relay reports",
          },
          { of: times(8, sum(rate(counter("moq.relay.transport_io", { direction: "sent" }), window))), as: "wire out" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent"), window))), as: "media out" },
        ),
        graph(
          { title: "Datagrams", description: "By what became of them, per second.", unit: "cps", span: 12, silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.datagrams"), window), "direction", "outcome"), as: "{{direction}} {{outcome}}" },
        ),
      ],
    },
  ],
};
