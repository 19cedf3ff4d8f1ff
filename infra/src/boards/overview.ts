import { rate, ratio, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph, stat } from "./kit/panels.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";
import { alertList, boardList } from "./kit/special.ts";

const { counter, gauge } = scope("region");
const window = "$__rate_interval";
const viewers = gauge("moq.relay.active_subscribers", { peer: "client" });
const egress = times(8, sum(rate(counter("moq.relay.bytes_sent", { peer: "client" }), window)));

/** Is the fleet well, and if not, where. */
export const overview: Board = {
  uid: "moq-overview",
  title: "moqscope / Overview",
  description: "Is the fleet well, and where does it hurt? Each figure leads to a board with its parts.",
  variables: ["region"],
  rows: [
    {
      title: "Now",
      panels: [
        stat(
          {
            title: "Viewers",
            leadsTo: "moq-fleet",
            description: "Viewers subscribed at relays: sessions with at least one open subscription, by broadcast.",
            unit: "short",
            silent: "No relay reports",
            span: 3,
          },
          sum(viewers),
        ),
        stat(
          {
            title: "Broadcasts",
            leadsTo: "moq-broadcast",
            description: "Announced broadcasts whose publisher is connected to one of the relays.",
            unit: "short",
            silent: "No relay reports",
            span: 3,
          },
          sum(gauge("moq.relay.active_streams", { origin: "local" })),
        ),
        stat(
          {
            title: "Egress",
            leadsTo: "moq-pipeline",
            description: "Media that relays send to viewers.",
            unit: "bps",
            silent: "No relay reports",
            span: 3,
          },
          egress,
        ),
        stat(
          {
            title: "Join success",
            leadsTo: "moq-viewers",
            description:
              "Share of the play attempts of the last 5 minutes that showed a picture; attempts that viewers gave up are not counted.",
            unit: "percentunit",
            silent: "No player reported an attempt",
            badBelow: 0.995,
            span: 3,
          },
          recorded("moq:client_join_success:ratio_rate5m"),
        ),
        stat(
          {
            title: "Startup, p95",
            leadsTo: "moq-viewers",
            description: "95 % of the starts of the last 5 minutes took less, in the slowest region and transport.",
            unit: "s",
            silent: "No player reported a start",
            badAbove: 2,
            span: 3,
          },
          recorded("max(region_transport:moq_client_startup_p95:5m)"),
        ),
        stat(
          {
            title: "Rebuffering",
            leadsTo: "moq-viewers",
            description: "Stalled time over stalled and played time, stalls that a publisher caused apart.",
            unit: "percentunit",
            silent: "No player reports playback",
            badAbove: 0.005,
            span: 3,
          },
          recorded("moq:client_rebuffer:ratio_rate5m"),
        ),
        stat(
          {
            title: "Latency, p95",
            leadsTo: "moq-viewers",
            description: "Capture to screen, 95 % of the samples are below, in the slowest region.",
            unit: "s",
            silent: "No player has agreed on a clock",
            badAbove: 3,
            span: 3,
          },
          recorded("max(region:moq_client_latency_p95:5m)"),
        ),
        stat(
          {
            title: "Alerts firing",
            leadsTo: "moq-slo",
            description: "Alerts that fire, the watchdog apart.",
            unit: "short",
            silent: "No alert fires in Prometheus",
            badAbove: 1,
            span: 3,
          },
          recorded('count(ALERTS{alertstate="firing",alertname!="MoqWatchdog"})'),
        ),
      ],
    },
    {
      title: "Over time",
      panels: [
        graph(
          {
            title: "Viewers by region",
            description: "Viewers who are playing, by where they are: seconds played per second.",
            unit: "short",
            stacked: true,
            silent: "No player reports playback",
          },
          { of: sum(rate(counter("moq.client.play_time"), window), "region"), as: "{{region}}" },
        ),
        graph(
          {
            title: "Sessions by state",
            description: "Playback sessions that reported lately, by what they do.",
            unit: "short",
            stacked: true,
            silent: "No player reports",
          },
          { of: sum(gauge("moq.gateway.active_sessions"), "state"), as: "{{state}}" },
        ),
        graph(
          { title: "Egress by transport", description: "Media to viewers.", unit: "bps", stacked: true, silent: "No relay reports" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent", { peer: "client" }), window), "transport")), as: "{{transport}}" },
        ),
        graph(
          {
            title: "Play attempts by outcome",
            description: "Attempts that ended, per second: started, failed, or left by the viewer before the first picture.",
            unit: "cps",
            stacked: true,
            silent: "No player reported an attempt",
          },
          { of: sum(rate(counter("moq.client.play_attempts"), window), "outcome"), as: "{{outcome}}", exemplars: true },
        ),
        graph(
          { title: "Errors", description: "Errors of players by type, per second.", unit: "cps", silent: "No player reports" },
          { of: sum(rate(counter("moq.client.errors"), window), "error.type"), as: "player: {{error_type}}" },
          { of: sum(rate(counter("moq.relay.errors"), window), "error.type"), as: "relay: {{error_type}}" },
        ),
        graph(
          {
            title: "Join success by region",
            description: "Where it fails.",
            unit: "percentunit",
            max: 1,
            silent: "No player reported an attempt",
          },
          { of: recorded('region:moq_client_join_success:ratio_rate5m{region=~"$region"}'), as: "{{region}}" },
        ),
        graph(
          {
            title: "Rebuffering by region",
            description: "Where it stalls.",
            unit: "percentunit",
            min: 0,
            limit: 0.005,
            silent: "No player reports playback",
          },
          { of: recorded('region:moq_client_rebuffer:ratio_rate5m{region=~"$region"}'), as: "{{region}}" },
        ),
        graph(
          {
            title: "Viewers that could not use QUIC",
            description: "Share of the connections that had to be WebSocket.",
            unit: "percentunit",
            min: 0,
            max: 1,
            silent: "No player connected",
          },
          { of: recorded("moq:client_websocket_share:ratio_rate5m"), as: "WebSocket" },
        ),
        graph(
          {
            title: "Amplification",
            description: "Bytes to viewers for each byte from publishers: what the relays are for.",
            unit: "short",
            min: 0,
            silent: "No relay reports",
          },
          {
            of: ratio(
              sum(rate(counter("moq.relay.bytes_sent", { peer: "client" }), window)),
              sum(rate(counter("moq.relay.bytes_received", { peer: { not: "relay" } }), window)),
            ),
            as: "sent / received",
          },
        ),
        alertList({ title: "Alerts", description: "What fires or is about to, by Prometheus.", span: 12 }),
        boardList({ title: "Boards", description: "The parts, with what is chosen above.", span: 12 }),
      ],
    },
  ],
};
