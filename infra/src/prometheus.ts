import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

/** The file of one machine, which the others differ from in what is said here alone. */
const base = (): string => readFileSync(join(import.meta.dirname, "../prometheus/prometheus.yml"), "utf8");
const made = " Made by `pnpm generate` from prometheus.yml: change that and infra/src/prometheus.ts, not this file.";

/** One of a pair: both judge all rules, and Alertmanager takes what both say for one since the name of the replica is no label of an alert. */
export function pairConfig(): string {
  return extended(`${made}\n One of a pair; PROMETHEUS_REPLICA and PROMETHEUS_FLEET say which.`);
}

/** The same, written to Mimir as well: everything to one tenant, what rules record to another that keeps it for longer. */
export function scaleConfig(): string {
  const write = (tenant: string, more: object): object => ({
    name: tenant,
    url: "http://mimir:9009/api/v1/push",
    headers: { "X-Scope-OrgID": tenant },
    queue_config: { max_shards: 20, max_samples_per_send: 5000 },
    ...more,
  });
  return extended(`${made}\n One of a pair that writes to Mimir; PROMETHEUS_REPLICA and PROMETHEUS_FLEET say which.`, [
    write("moqscope", { send_exemplars: true }),
    write("moqscope-long", { write_relabel_configs: [{ source_labels: ["__name__"], regex: "moq:.+", action: "keep" }] }),
  ]);
}

function extended(comment: string, remoteWrite?: readonly object[]): string {
  const document = parseDocument(base());
  document.commentBefore = `${comment}\n${(document.commentBefore ?? "").trimStart()}`;
  document.setIn(["global", "external_labels"], { fleet: "${PROMETHEUS_FLEET}", __replica__: "${PROMETHEUS_REPLICA}" });
  document.setIn(["alerting", "alert_relabel_configs"], [{ regex: "__replica__", action: "labeldrop" }]);
  if (remoteWrite !== undefined) document.set("remote_write", remoteWrite);
  return document.toString({ lineWidth: 0 });
}

const oneMachine = {
  alertmanager: ["alertmanager:9093"],
  node: ["node-exporter:9100"],
  otelcol: ["collector:8888"],
  prometheus: ["prometheus:9090"],
  // For scrape.yml alone, where there is no collector.
  moqscope: ["relay:4444", "gateway:4320"],
} as const;
const fleet = {
  alertmanager: ["alertmanager:9093", "alertmanager-2:9093"],
  node: ["node-exporter:9100"],
  otelcol: ["collector-eu:8888", "collector-us:8888", "collector-1:8888", "collector-2:8888"],
  prometheus: ["prometheus:9090", "prometheus-2:9090"],
} as const;

/** Whom Prometheus scrapes and tells, as files that it reads again when they change: path below infra/prometheus → text. */
export function targetFiles(): readonly (readonly [string, string])[] {
  const folders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    targets: oneMachine,
    "targets-fleet": fleet,
    "targets-scale": fleet,
  };
  return Object.entries(folders).flatMap(([folder, jobs]) =>
    Object.entries(jobs).map(
      ([job, targets]) => [`${folder}/${job}.json`, `[{ "targets": [${targets.map((target) => `"${target}"`).join(", ")}] }]\n`] as const,
    ),
  );
}
