import { min, rate, ratio, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { graph, stat, table } from "./kit/panels.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";
import { countryMap, topology } from "./kit/special.ts";

const { counter, gauge } = scope("cloud_region", "instance");
const window = "$__rate_interval";
const viewers = gauge("moq.relay.active_subscribers", { peer: "client" });
const links = rate(counter("moq.relay.link_io", { direction: "received" }), window);
const instance = '{instance=~"$instance"}';

/** The relays, the links between them and where viewers are. */
export const fleet: Board = {
  uid: "moq-fleet",
  title: "moqscope / Fleet",
  description: "The relays, the links between them, and where viewers are: which relay or region is it.",
  variables: ["cloud_region", "instance"],
  rows: [
    {
      title: "Relays",
      panels: [
        table(
          { title: "Relays", description: "What each carries.", unit: "short", span: 24, silent: "No relay reports" },
          { of: sum(gauge("moq.relay.active_connections"), "instance", "cloud_region"), as: "sessions" },
          { of: sum(viewers, "instance", "cloud_region"), as: "viewers" },
          { of: sum(gauge("moq.relay.active_streams"), "instance", "cloud_region"), as: "broadcasts" },
          { of: sum(gauge("moq.relay.active_subscriptions"), "instance", "cloud_region"), as: "subscriptions" },
          { of: sum(gauge("moq.relay.upstream_subscriptions"), "instance", "cloud_region"), as: "upstream" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent"), window), "instance", "cloud_region")), as: "egress", unit: "bps" },
          { of: sum(gauge("process.uptime", { job: "moq-relay" }), "instance", "cloud_region"), as: "up for", unit: "s" },
        ),
        graph(
          { title: "Viewers by relay", description: "Subscribed at each.", unit: "short", stacked: true, silent: "No relay reports" },
          { of: sum(viewers, "instance"), as: "{{instance}}" },
        ),
        graph(
          {
            title: "Egress by relay",
            description: "All that it sends, links included.",
            unit: "bps",
            stacked: true,
            silent: "No relay reports",
          },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent"), window), "instance")), as: "{{instance}}" },
        ),
        graph(
          {
            title: "Amplification by relay",
            description: "Sent for each byte received.",
            unit: "short",
            min: 0,
            silent: "No relay reports",
          },
          { of: recorded(`instance:moq_relay_amplification:ratio_rate5m${instance}`), as: "{{instance}}" },
        ),
        graph(
          { title: "Fan-out", description: "Viewers for each broadcast.", unit: "short", min: 0, silent: "No relay reports" },
          { of: recorded("moq:relay_fanout:ratio"), as: "viewers / broadcast" },
        ),
        graph(
          {
            title: "Saved upstream",
            description: "Share of the subscriptions that no publisher had to serve.",
            unit: "percentunit",
            max: 1,
            silent: "No relay reports",
          },
          { of: recorded("moq:relay_dedup_saving:ratio"), as: "saved" },
        ),
        graph(
          { title: "How sessions close", description: "By reason, per second.", unit: "cps", stacked: true, silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.sessions_closed"), window), "reason"), as: "{{reason}}" },
        ),
        graph(
          { title: "Errors", description: "By type and stage, per second.", unit: "cps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.errors"), window), "error.type", "stage"), as: "{{error_type}} at {{stage}}", exemplars: true },
        ),
        graph(
          { title: "Refused tokens", description: "By reason, per second.", unit: "cps", silent: "No relay reports" },
          { of: sum(rate(counter("moq.relay.auth_failures"), window), "reason"), as: "{{reason}}" },
        ),
        stat(
          {
            title: "Certificates",
            description: "The first that expires.",
            unit: "s",
            silent: "No relay has one",
            badBelow: 604_800,
            span: 8,
          },
          min(gauge("moq.relay.certificate_expiry")),
        ),
      ],
    },
    {
      title: "Regions",
      panels: [
        countryMap(
          {
            title: "Viewers by country",
            description: "Live sessions; countries with fewer than 5 belong to ZZ in public.",
            unit: "short",
            silent: "No viewer with a country",
            span: 16,
          },
          sum(gauge("moq.client.country.sessions"), "country"),
        ),
        table(
          { title: "Countries", description: "The same as figures.", unit: "short", span: 8, silent: "No viewer with a country" },
          { of: sum(gauge("moq.client.country.sessions"), "country"), as: "viewers" },
          {
            of: ratio(
              sum(rate(counter("moq.client.country.rebuffer_time"), window), "country"),
              sum(rate(counter("moq.client.country.play_time"), window), "country"),
            ),
            as: "stalled / played",
            unit: "percentunit",
          },
        ),
        graph(
          {
            title: "Viewers by relay region",
            description: "Where they are served.",
            unit: "short",
            stacked: true,
            span: 12,
            silent: "No relay reports",
          },
          { of: recorded('cloud_region:moq_relay_viewers:sum{cloud_region=~"$cloud_region"}'), as: "{{cloud_region}}" },
        ),
        graph(
          {
            title: "Egress by relay region",
            description: "Media to viewers.",
            unit: "bps",
            stacked: true,
            span: 12,
            silent: "No relay reports",
          },
          { of: recorded('cloud_region:moq_relay_egress_bits:rate5m{cloud_region=~"$cloud_region"}'), as: "{{cloud_region}}" },
        ),
      ],
    },
    {
      title: "Topology",
      panels: [
        topology(
          {
            title: "Links",
            description: "Relays with their viewers, and the bytes that go between them.",
            span: 12,
            silent: "No relay reports",
          },
          sum(viewers, "instance"),
          { text: `label_join(${sum(links, "instance", "peer.node").text}, "id", ">", "peer_node", "instance")` },
        ),
        table(
          { title: "Links", description: "Each direction by itself.", unit: "short", span: 12, silent: "No links" },
          { of: sum(gauge("moq.relay.link_up"), "instance", "peer.node"), as: "up" },
          { of: times(8, sum(links, "instance", "peer.node")), as: "received", unit: "bps" },
          { of: sum(gauge("moq.relay.link_rtt"), "instance", "peer.node"), as: "round trip", unit: "s" },
        ),
      ],
    },
  ],
};
