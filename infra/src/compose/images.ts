/**
 * Every image that the stack pulls, in an exact version: a newer one is one change here. `digests.json` beside this file adds digests where
 * `pnpm stack:digests` has reached a registry. Where `pnpm foreign:build` builds the program too, a test holds both to one version.
 */
export const images = {
  alertmanager: "prom/alertmanager:v0.34.2",
  alloy: "grafana/alloy:v1.19.2",
  busybox: "busybox:1.37.0-musl",
  collector: "otel/opentelemetry-collector-contrib:0.159.0",
  grafana: "grafana/grafana:13.2.0",
  loki: "grafana/loki:3.7.8",
  mimir: "grafana/mimir:3.1.0",
  nodeExporter: "prom/node-exporter:v1.11.1",
  prometheus: "prom/prometheus:v3.15.0",
  seaweedfs: "chrislusf/seaweedfs:4.44",
  // The newest line whose source the module proxy has: Tempo 3 reads another configuration.
  tempo: "grafana/tempo:2.8.2",
} as const;

export type ImageName = keyof typeof images;
