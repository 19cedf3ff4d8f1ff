import { max, min, plus, rate, ratio, rest, sum, times } from "@moqscope/telemetry/promql";
import type { Board } from "./kit/board.ts";
import { choose } from "./kit/links.ts";
import { graph, stat, table } from "./kit/panels.ts";
import { placed } from "./kit/places.ts";
import { recorded } from "./kit/recorded.ts";
import { scope } from "./kit/scope.ts";
import { countryMap, placeMap, topology } from "./kit/special.ts";

const { counter, gauge } = scope("cloud_region", "instance");
const window = "$__rate_interval";
const viewers = gauge("moq.relay.active_subscribers", { peer: "client" });
const links = sum(rate(counter("moq.relay.link_io", { direction: "received" }), window), "instance", "peer.node");
const linkUp = max(gauge("moq.relay.link_up"), "instance", "peer.node");
/** Links that are up with what they carry, and those that are not, red. */
const edges = `label_replace(${links.text} and on (instance, peer_node) ${linkUp.text} == 1, "color", "green", "", "") or on (instance, peer_node) label_replace(${linkUp.text} == 0, "color", "red", "", "")`;
const dropped = sum(rate(counter("moq.relay.groups_dropped", { reason: { not: "reset_by_peer" } }), window), "instance", "cloud_region");
const sent = sum(rate(counter("moq.relay.groups_sent"), window), "instance", "cloud_region");
const host = choose("Process and machine", "moq-host", "instance", "${__value.raw:percentencode}");
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
          {
            title: "Relays",
            description: "What each carries; a click on one leads to its process.",
            unit: "short",
            span: 24,
            silent: "No relay reports",
            leads: { instance: host },
          },
          { of: sum(gauge("moq.relay.active_connections"), "instance", "cloud_region"), as: "sessions" },
          { of: sum(viewers, "instance", "cloud_region"), as: "viewers" },
          { of: sum(gauge("moq.relay.active_streams"), "instance", "cloud_region"), as: "broadcasts" },
          { of: sum(gauge("moq.relay.active_subscriptions"), "instance", "cloud_region"), as: "subscriptions" },
          { of: sum(gauge("moq.relay.upstream_subscriptions"), "instance", "cloud_region"), as: "upstream" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent"), window), "instance", "cloud_region")), as: "egress", unit: "bps" },
          { of: sum(gauge("process.uptime", { job: "moq-relay" }), "instance", "cloud_region"), as: "up for", unit: "s" },
          { of: min(gauge("moq.relay.certificate_expiry"), "instance", "cloud_region"), as: "certificate ends in", unit: "s" },
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
          {
            title: "Connections",
            description: "Attempts that settled, by result, per second: all but accepted are refused or broken.",
            unit: "cps",
            stacked: true,
            silent: "No relay is connected to",
          },
          { of: sum(rate(counter("moq.relay.connections"), window), "result"), as: "{{result}}" },
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
        graph(
          {
            title: "Refusals",
            description: "What relays turned away, by the limit that was reached, per second.",
            unit: "cps",
            silent: "No relay reports",
          },
          { of: sum(rate(counter("moq.relay.refusals"), window), "reason"), as: "{{reason}}" },
        ),
        stat(
          {
            title: "Shedding load",
            description: "The relay that is shortest of memory: 1 refuses new sessions, 2 new subscriptions too.",
            unit: "none",
            silent: "No relay reports",
            badAbove: 1,
            span: 8,
          },
          max(gauge("moq.relay.shedding")),
        ),
        stat(
          {
            title: "Certificates",
            height: 8,
            description: "The first that expires.",
            unit: "s",
            silent: "No relay reports a certificate",
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
            silent: "No gateway knows where a player is",
            span: 16,
          },
          sum(gauge("moq.client.country.sessions"), "country"),
        ),
        table(
          {
            title: "Countries",
            height: 12,
            description: "The same as figures.",
            unit: "short",
            span: 8,
            silent: "No gateway knows where a player is",
          },
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
        placeMap(
          {
            title: "Where relays are",
            description: "Relay regions with their viewers, as far as the place of a region is known; the table beside has all.",
            unit: "short",
            silent: "No relay tells its region",
            span: 16,
          },
          placed(sum(viewers, "cloud_region")),
        ),
        table(
          {
            title: "Relay regions",
            height: 12,
            description: "The same as figures, with regions whose place is not known.",
            unit: "short",
            span: 8,
            silent: "No relay reports",
            leads: { cloud_region: choose("Only this region", "moq-fleet", "cloud_region", "${__value.raw:percentencode}") },
          },
          { of: sum(viewers, "cloud_region"), as: "viewers" },
          { of: sum(gauge("moq.relay.active_streams", { origin: "local" }), "cloud_region"), as: "broadcasts" },
          { of: times(8, sum(rate(counter("moq.relay.bytes_sent"), window), "cloud_region")), as: "egress", unit: "bps" },
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
            title: "Topology",
            description:
              "Relays with their viewers, what they send, and the share of groups that they delivered as the green part of the ring. A line is a link with the bytes that came over it; red is down.",
            belowUnit: "bps",
            edgeUnit: "Bps",
            silent: "No relay reports",
          },
          {
            inside: sum(viewers, "instance", "cloud_region"),
            below: times(8, sum(rate(counter("moq.relay.bytes_sent"), window), "instance", "cloud_region")),
            well: rest(ratio(dropped, plus(dropped, sent))),
            edges: { text: `label_join(${edges}, "id", ">", "peer_node", "instance")` },
          },
        ),
        table(
          {
            title: "Links",
            height: 12,
            description: "Each direction by itself: up is 1, down is 0.",
            unit: "short",
            span: 12,
            silent: "No relay has a link",
            leads: { instance: host },
          },
          { of: linkUp, as: "up" },
          { of: times(8, links), as: "received", unit: "bps" },
          { of: max(gauge("moq.relay.link_rtt"), "instance", "peer.node"), as: "round trip", unit: "s" },
        ),
      ],
    },
  ],
};
