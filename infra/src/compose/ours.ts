import { onHost, type PortName } from "./ports.ts";
import { own, type Service } from "./service.ts";

/** A person types either name of this machine, and the browser sends the one that was typed. */
const demoOrigins = `http://127.0.0.1:${onHost("demo")},http://localhost:${onHost("demo")}`;

export interface RelaySpec {
  readonly port: PortName;
  readonly admin?: PortName;
  /** What takes its telemetry. */
  readonly gateway: string;
  readonly region?: string;
  /** Names of all relays of the mesh: each leaves itself out. */
  readonly mesh?: readonly string[];
}

/** A relay; `name` is its host name and its instance in metrics. */
export function relay(name: string, { port, admin, gateway, region, mesh }: RelaySpec): Service {
  return own({
    comment:
      mesh === undefined ? "Publish and watch here." : `Publish and watch here: a relay of region ${region}, linked with each other one.`,
    target: "relay",
    memory: 512,
    after: [gateway],
    ports: [port, ...(admin === undefined ? [] : [admin])],
    udp: [port],
    environment: {
      MOQSCOPE_RELAY_NODE: name,
      ...(region === undefined ? {} : { MOQSCOPE_RELAY_REGION: region }),
      MOQSCOPE_OTLP_ENDPOINT: `http://${gateway}:4318`,
      // A certificate of its own for localhost: enough for browsers on this machine, replaced by --tls-cert and --tls-key elsewhere.
      MOQSCOPE_RELAY_TLS_GENERATE: "localhost",
      ...(mesh === undefined
        ? {}
        : {
            MOQSCOPE_RELAY_CLUSTER_NODE: `http://${name}:4443`,
            MOQSCOPE_RELAY_CLUSTER_CONNECT: mesh.map((peer) => `http://${peer}:4443`).join(","),
          }),
    },
  });
}

export interface GatewaySpec {
  readonly ingest: PortName;
  readonly console?: PortName;
  readonly collector: string;
  readonly region?: string;
}

/** A gateway; its ingest lets everybody report who may watch: every path is public here. */
export function gateway(name: string, { ingest, console, collector, region }: GatewaySpec): Service {
  return own({
    comment:
      "Telemetry of players, relays and tools; console. Every path is public here: give it --auth-key or --auth-key-dir where it is not.",
    target: "gateway",
    memory: 768,
    after: [collector],
    ports: [ingest, ...(console === undefined ? [] : [console])],
    environment: {
      MOQSCOPE_GATEWAY_INSTANCE: name,
      ...(region === undefined ? {} : { MOQSCOPE_GATEWAY_REGION: region }),
      MOQSCOPE_GATEWAY_AUTH_PUBLIC: "/",
      MOQSCOPE_GATEWAY_ALLOW_ORIGIN: demoOrigins,
      MOQSCOPE_GATEWAY_EXPORT_ENDPOINT: `http://${collector}:4318`,
      MOQSCOPE_GATEWAY_TOKEN_SECRET: "${GATEWAY_TOKEN_SECRET:?run pnpm stack, which makes infra/compose/.env}",
    },
    volumes: [`${name}:/var/lib/moqscope`],
  });
}

/** A live broadcast without an end. */
export function publisher(at: string, gatewayName: string): Service {
  return own({
    comment: "A live broadcast without an end.",
    target: "cli",
    memory: 256,
    after: [at],
    command: ["pub", "sample", "--loop"],
    environment: {
      MOQSCOPE_URL: `http://${at}:4443`,
      MOQSCOPE_BROADCAST: "demo.hang",
      MOQSCOPE_OTLP_ENDPOINT: `http://${gatewayName}:4318`,
    },
  });
}

/** The watch page. */
export function demo(gatewayName: string, relayPort: PortName): Service {
  return own({
    comment: "The watch page.",
    target: "demo",
    memory: 128,
    after: [gatewayName],
    ports: ["demo"],
    environment: {
      MOQSCOPE_RELAY_URL: `http://127.0.0.1:${onHost(relayPort)}`,
      MOQSCOPE_INGEST_URL: `http://127.0.0.1:${onHost("ingest")}`,
      MOQSCOPE_CONSOLE_URL: `http://127.0.0.1:${onHost("console")}`,
      MOQSCOPE_BROADCAST: "demo.hang",
    },
  });
}
