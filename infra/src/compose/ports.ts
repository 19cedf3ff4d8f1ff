/** What the stack publishes on loopback, and the variable of `.env` that moves it. The numbers differ from those of `pnpm dev`. */
export const ports = {
  demo: { host: 15173, container: 5173, who: "demo pages", variable: "STACK_DEMO_PORT" },
  grafana: { host: 3000, container: 3000, who: "Grafana", variable: "STACK_GRAFANA_PORT" },
  console: { host: 14320, container: 4320, who: "gateway: console and query API", variable: "STACK_CONSOLE_PORT" },
  ingest: { host: 14319, container: 4319, who: "gateway: telemetry of players", variable: "STACK_INGEST_PORT" },
  relay: { host: 14443, container: 4443, who: "relay: publish and watch", variable: "STACK_RELAY_PORT" },
  relayAdmin: { host: 14444, container: 4444, who: "relay: metrics and health", variable: "STACK_RELAY_ADMIN_PORT" },
  relay2: { host: 14445, container: 4443, who: "second relay of the first region", variable: "STACK_RELAY_2_PORT" },
  relay3: { host: 14446, container: 4443, who: "relay of the second region", variable: "STACK_RELAY_3_PORT" },
  ingest2: { host: 14321, container: 4319, who: "gateway of the second region", variable: "STACK_INGEST_2_PORT" },
  otlpGrpc: { host: 14317, container: 4317, who: "collector: OTLP/gRPC", variable: "STACK_OTLP_GRPC_PORT" },
  otlpHttp: { host: 14318, container: 4318, who: "collector: OTLP/HTTP", variable: "STACK_OTLP_HTTP_PORT" },
  prometheus: { host: 9090, container: 9090, who: "Prometheus", variable: "STACK_PROMETHEUS_PORT" },
  alertmanager: { host: 9093, container: 9093, who: "Alertmanager", variable: "STACK_ALERTMANAGER_PORT" },
  tempo: { host: 3200, container: 3200, who: "Tempo", variable: "STACK_TEMPO_PORT" },
  loki: { host: 3100, container: 3100, who: "Loki", variable: "STACK_LOKI_PORT" },
  mimir: { host: 9009, container: 9009, who: "Mimir", variable: "STACK_MIMIR_PORT" },
} as const satisfies Readonly<Record<string, Port>>;

/** One published port. */
export interface Port {
  readonly host: number;
  readonly container: number;
  readonly who: string;
  readonly variable: string;
}
export type PortName = keyof typeof ports;

/** How Compose publishes it: never beyond this machine. */
export function publish(name: PortName, protocol: "tcp" | "udp" = "tcp"): string {
  const { host, container, variable } = ports[name];
  return `127.0.0.1:\${${variable}:-${host}}:${container}${protocol === "udp" ? "/udp" : ""}`;
}

/** The number on this machine, as text that Compose fills in. */
export function onHost(name: PortName): string {
  const { host, variable } = ports[name];
  return `\${${variable}:-${host}}`;
}
