import { collector, edge, tail } from "./collectors.ts";
import { buckets, mimir, seaweedfs, withKeys, writeKeys } from "./objects.ts";
import { demo, gateway, publisher, relay } from "./ours.ts";
import { prepare, type Service } from "./service.ts";
import { alertmanager, grafana, grafanaAfter, loki, prometheus, tempo, users, watchers } from "./stores.ts";

/** One Compose file: what it is for, and its services in the order in which they are read best. */
export interface Profile {
  readonly name: "one" | "fleet" | "scale";
  readonly about: string;
  readonly services: ReadonlyMap<string, Service>;
  /** Who writes to each volume. */
  readonly volumes: Readonly<Record<string, string>>;
}

const oneVolumes = {
  prometheus: users.nobody,
  alertmanager: users.nobody,
  tempo: users.tempo,
  loki: users.loki,
  grafana: users.grafana,
  alloy: "0:0",
};
/** Regions, relays and gateways of the fleet. */
const tier = ["collector-1", "collector-2"] as const;
const relays = ["relay-eu-1", "relay-eu-2", "relay-us-1"] as const;
const fleetVolumes = {
  ...oneVolumes,
  "prometheus-2": users.nobody,
  "alertmanager-2": users.nobody,
  "gateway-eu": users.node,
  "gateway-us": users.node,
};
const scaleVolumes = { ...fleetVolumes, mimir: users.mimir, seaweedfs: users.seaweedfs, "s3-config": "0:0" };

/** What every fleet has: three relays in two regions, each linked with each, a gateway and a collector in each region, a publisher, pages. */
function fleetOfOurs(): readonly (readonly [string, Service])[] {
  return [
    ["relay-eu-1", relay("relay-eu-1", { port: "relay", admin: "relayAdmin", gateway: "gateway-eu", region: "eu", mesh: relays })],
    ["relay-eu-2", relay("relay-eu-2", { port: "relay2", gateway: "gateway-eu", region: "eu", mesh: relays })],
    ["relay-us-1", relay("relay-us-1", { port: "relay3", gateway: "gateway-us", region: "us-east", mesh: relays })],
    ["gateway-eu", gateway("gateway-eu", { ingest: "ingest", console: "console", collector: "collector-eu", region: "eu" })],
    ["gateway-us", gateway("gateway-us", { ingest: "ingest2", collector: "collector-us", region: "us-east" })],
    // Published in one region and watched in the other: what a viewer sees has gone through a link.
    ["publisher", publisher("relay-eu-1", "gateway-eu")],
    ["demo", demo("gateway-eu", "relay3")],
    ["collector-eu", edge("eu", tier)],
    ["collector-us", edge("us", tier)],
    ...tier.map((name) => [name, tail(name)] as const),
  ];
}

const one: Profile = {
  name: "one",
  about: "Everything on one machine: a relay, a gateway, a live broadcast and all stores.",
  volumes: { ...oneVolumes, gateway: users.node },
  services: new Map([
    ["prepare", prepare({ ...oneVolumes, gateway: users.node })],
    ["relay", relay("relay", { port: "relay", admin: "relayAdmin", gateway: "gateway" })],
    ["gateway", gateway("gateway", { ingest: "ingest", console: "console", collector: "collector" })],
    ["publisher", publisher("relay", "gateway")],
    ["demo", demo("gateway", "relay")],
    ["collector", collector()],
    ["prometheus", prometheus("prometheus", { config: "prometheus.yml", targets: "targets", retention: "15d", memory: 1024 })],
    ["alertmanager", alertmanager("alertmanager")],
    ["tempo", tempo(false)],
    ["loki", loki(false)],
    ["grafana", grafana({ provisioning: "provisioning", anonymousViewer: true, after: grafanaAfter })],
    ...watchers(),
  ]),
};

const fleet: Profile = {
  name: "fleet",
  about:
    "A fleet on one machine, to see how it is put together: three relays in two regions, two gateways, two tiers of collectors, pairs.",
  volumes: fleetVolumes,
  services: new Map([
    ["prepare", prepare(fleetVolumes)],
    ...fleetOfOurs(),
    [
      "prometheus",
      prometheus("prometheus", { ...pair("1"), config: "fleet.yml", targets: "targets-fleet", retention: "30d", memory: 1536 }),
    ],
    [
      "prometheus-2",
      prometheus("prometheus-2", { ...pair("2"), config: "fleet.yml", targets: "targets-fleet", retention: "30d", memory: 1536 }),
    ],
    ["alertmanager", alertmanager("alertmanager", "alertmanager-2")],
    ["alertmanager-2", alertmanager("alertmanager-2", "alertmanager")],
    ["tempo", tempo(false)],
    ["loki", loki(false)],
    ["grafana", grafana({ provisioning: "provisioning", anonymousViewer: false, after: grafanaAfter })],
    ...watchers(),
  ]),
};

const scale: Profile = {
  name: "scale",
  about: "The fleet with stores on object storage: Mimir takes what both Prometheus write, Tempo and Loki keep their blocks in buckets.",
  volumes: scaleVolumes,
  services: new Map([
    ["prepare", withKeys(prepare(scaleVolumes, [writeKeys]))],
    ...fleetOfOurs(),
    [
      "prometheus",
      prometheus("prometheus", {
        ...pair("1"),
        config: "scale.yml",
        targets: "targets-scale",
        retention: "4d",
        memory: 1536,
        after: ["mimir"],
      }),
    ],
    [
      "prometheus-2",
      prometheus("prometheus-2", {
        ...pair("2"),
        config: "scale.yml",
        targets: "targets-scale",
        retention: "4d",
        memory: 1536,
        after: ["mimir"],
      }),
    ],
    ["alertmanager", alertmanager("alertmanager", "alertmanager-2")],
    ["alertmanager-2", alertmanager("alertmanager-2", "alertmanager")],
    ["mimir", mimir()],
    ["tempo", tempo(true)],
    ["loki", loki(true)],
    ["seaweedfs", seaweedfs()],
    ["buckets", buckets()],
    ["grafana", grafana({ provisioning: "provisioning-scale", anonymousViewer: false, after: [...grafanaAfter, "mimir"] })],
    ...watchers(),
  ]),
};

/** The files of infra/compose. */
export const profiles: readonly Profile[] = [one, fleet, scale];

function pair(replica: "1" | "2"): { readonly replica: string; readonly published: boolean } {
  return { replica: `prometheus-${replica}`, published: replica === "1" };
}
