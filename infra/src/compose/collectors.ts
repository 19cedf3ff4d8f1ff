import { type Service, thirdParty } from "./service.ts";
import { users } from "./stores.ts";

const health = "13133/";
const mounted = ["../collector:/etc/collector:ro"];
// Files that a configuration names are found beside it.
const at = (file: string): readonly string[] => ["--config", `/etc/collector/${file}`];
const more = { working_dir: "/etc/collector" };

/** The one collector of one machine. */
export function collector(): Service {
  return thirdParty("collector", {
    comment: "The one way into the stores: OTLP of relays and gateways, lists of names from the registry, tail sampling, span metrics.",
    image: "collector",
    user: users.collector,
    health,
    memory: 640,
    after: ["prometheus", "tempo", "loki"],
    ports: ["otlpGrpc", "otlpHttp"],
    environment: { COLLECTOR_MEMORY_MIB: 448 },
    command: at("collector.yaml"),
    volumes: mounted,
    more,
  });
}

/** The first of two tiers: one in each region, where relays and gateways are. Traces go on by their id, so that one process sees a trace whole. */
export function edge(region: string, tier: readonly string[]): Service {
  const name = `collector-${region}`;
  return thirdParty(name, {
    comment: `First tier, region ${region}: takes OTLP, hands each trace to one collector of the second tier by its id, the rest to the stores.`,
    image: "collector",
    user: users.collector,
    health,
    memory: 384,
    after: [...tier, "loki", "prometheus", "prometheus-2"],
    ports: region === "eu" ? ["otlpGrpc", "otlpHttp"] : [],
    environment: { COLLECTOR_MEMORY_MIB: 256 },
    command: at("edge.yaml"),
    volumes: mounted,
    more,
  });
}

/** The second tier: judges whole traces. */
export function tail(name: string): Service {
  return thirdParty(name, {
    comment: "Second tier: judges whole traces, and makes span metrics and the service graph of them under its own name.",
    image: "collector",
    user: users.collector,
    health,
    memory: 640,
    after: ["prometheus", "prometheus-2", "tempo"],
    environment: { COLLECTOR_MEMORY_MIB: 448, COLLECTOR_NAME: name },
    command: at("tail.yaml"),
    volumes: mounted,
    more,
  });
}
