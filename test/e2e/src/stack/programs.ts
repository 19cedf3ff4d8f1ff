import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { alertmanagerConfig } from "../../../../infra/src/alertmanager.ts";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";
import { Child, type Start } from "./child.ts";

const infra = fileURLToPath(new URL("../../../../infra", import.meta.url));

/** Programs of others that a stack can have. */
export type Program = "prometheus" | "alertmanager" | "otelcol" | "tempo" | "loki" | "node_exporter";

/** Where a program lies; node_exporter comes with Debian, the others are made by `pnpm foreign:build`. */
function pathOf(program: Program): string | undefined {
  if (program !== "node_exporter") return foreignProgram(program);
  return ["node_exporter", "prometheus-node-exporter"].find((name) => spawnSync(name, ["--version"]).error === undefined);
}

/** Those of them that this machine lacks, and what makes them. */
export function missing(programs: readonly Program[]): readonly string[] {
  return programs
    .filter((program) => pathOf(program) === undefined)
    .map((program) =>
      program === "node_exporter"
        ? "node_exporter (Debian package prometheus-node-exporter)"
        : `${program} (pnpm foreign:build ${program})`,
    );
}

/** Ports of a stack, those of programs that it lacks included. */
export const portNames = [
  "prometheus",
  "alertmanager",
  "tempo",
  "tempoGrpc",
  "tempoOtlp",
  "loki",
  "lokiGrpc",
  "node",
  "grpc",
  "otlp",
  "health",
  "collectorMetrics",
] as const;
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/** A stack in its own folder. */
export interface Place {
  readonly folder: string;
  readonly at: Ports;
  /** Every duration of rules, scrapes and waits is divided by this; default 1. */
  readonly divisor: number;
}
const program = (name: Program, start: Omit<Start, "name" | "command">): Child =>
  new Child({ name, command: pathOf(name) ?? name, ...start });

/** `scraped`: pages of relays and gateways, for those without a collector; then the other of the two files is taken. */
export function startPrometheus({ folder, at, divisor }: Place, programs: readonly Program[], scraped?: readonly number[]): Child {
  const own = join(folder, "prometheus");
  mkdirSync(join(own, "targets"), { recursive: true });
  const file = scraped === undefined ? "prometheus.yml" : "scrape.yml";
  if (divisor === 1) for (const name of [file, "rules"]) symlinkSync(join(infra, "prometheus", name), join(own, name));
  else writeHurried(own, file, divisor);
  const targets = {
    prometheus: [at.prometheus],
    otelcol: programs.includes("otelcol") ? [at.collectorMetrics] : [],
    alertmanager: programs.includes("alertmanager") ? [at.alertmanager] : [],
    node: programs.includes("node_exporter") ? [at.node] : [],
    moqscope: scraped ?? [],
  };
  for (const [name, ports] of Object.entries(targets)) {
    const text = JSON.stringify(ports.length === 0 ? [] : [{ targets: ports.map((port) => `127.0.0.1:${port}`) }]);
    writeFileSync(join(own, "targets", `${name}.json`), text);
  }
  const hurry = divisor === 1 ? [] : [`--query.lookback-delta=${300 / divisor}s`, `--rules.alert.resend-delay=${60 / divisor}s`];
  return program("prometheus", {
    args: [
      `--config.file=${join(own, file)}`,
      `--storage.tsdb.path=${join(own, "data")}`,
      `--web.listen-address=127.0.0.1:${at.prometheus}`,
      "--web.enable-otlp-receiver",
      "--web.enable-remote-write-receiver",
      "--enable-feature=exemplar-storage",
      "--log.level=warn",
      ...hurry,
    ],
  });
}

/** The same file and rules with their durations divided; scrapes stay at a second, as exports do. */
function writeHurried(own: string, file: string, divisor: number): void {
  const text = readFileSync(join(infra, "prometheus", file), "utf8");
  writeFileSync(join(own, file), text.replaceAll(/(?<=_interval: )10s/g, "1s"));
  mkdirSync(join(own, "rules"));
  const rules = [...recordingRules, ...alertRules(), ...stackAlertRules()];
  writeFileSync(join(own, "rules/all.yml"), renderPrometheusRules(rules, { durationDivisor: divisor }));
}

export function startAlertmanager({ folder, at, divisor }: Place, webhookUrl: string): Child {
  const file = join(folder, "alertmanager.yml");
  const waits =
    divisor === 1
      ? { groupWait: 1, groupInterval: 5, repeat: 60 }
      : divided({ groupWait: 30, groupInterval: 300, repeat: 14_400 }, divisor);
  writeFileSync(file, alertmanagerConfig({ webhookUrl }, waits));
  return program("alertmanager", {
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${at.alertmanager}`,
      "--cluster.listen-address=",
      "--log.level=warn",
    ],
  });
}
function divided<W extends Readonly<Record<string, number>>>(waits: W, divisor: number): W {
  return Object.fromEntries(Object.entries(waits).map(([name, seconds]) => [name, seconds / divisor])) as W;
}

export function startTempo({ folder, at }: Place): Child {
  return program("tempo", {
    args: ["-config.expand-env=true", `-config.file=${join(infra, "tempo/tempo.yaml")}`],
    env: {
      TEMPO_HTTP_HOST: "127.0.0.1",
      TEMPO_HTTP_PORT: String(at.tempo),
      TEMPO_GRPC_HOST: "127.0.0.1",
      TEMPO_GRPC_PORT: String(at.tempoGrpc),
      TEMPO_OTLP_LISTEN: `127.0.0.1:${at.tempoOtlp}`,
      TEMPO_DATA: join(folder, "tempo"),
      TEMPO_REMOTE_WRITE: `http://127.0.0.1:${at.prometheus}/api/v1/write`,
    },
  });
}

export function startLoki({ folder, at }: Place): Child {
  return program("loki", {
    args: ["-config.expand-env=true", `-config.file=${join(infra, "loki/loki.yaml")}`],
    env: {
      LOKI_HTTP_HOST: "127.0.0.1",
      LOKI_HTTP_PORT: String(at.loki),
      LOKI_GRPC_HOST: "127.0.0.1",
      LOKI_GRPC_PORT: String(at.lokiGrpc),
      LOKI_DATA: join(folder, "loki"),
    },
  });
}

export function startNodeExporter({ at }: Place): Child {
  return program("node_exporter", { args: [`--web.listen-address=127.0.0.1:${at.node}`, "--log.level=error"] });
}

export function startCollector({ folder, at, divisor }: Place): Child {
  const hurry = divisor === 1 ? [] : ["--config", join(folder, "hurry.yaml")];
  if (divisor !== 1) writeFileSync(join(folder, "hurry.yaml"), `processors: { batch: { timeout: ${Math.round(1000 / divisor)}ms } }\n`);
  return program("otelcol", {
    args: ["--config", "collector.yaml", ...hurry],
    cwd: join(infra, "collector"),
    env: {
      COLLECTOR_GRPC_LISTEN: `127.0.0.1:${at.grpc}`,
      COLLECTOR_HTTP_LISTEN: `127.0.0.1:${at.otlp}`,
      COLLECTOR_HEALTH_LISTEN: `127.0.0.1:${at.health}`,
      COLLECTOR_METRICS_HOST: "127.0.0.1",
      COLLECTOR_METRICS_PORT: String(at.collectorMetrics),
      COLLECTOR_DECISION_WAIT: "2s",
      PROMETHEUS_URL: `http://127.0.0.1:${at.prometheus}`,
      TEMPO_OTLP_URL: `http://127.0.0.1:${at.tempoOtlp}`,
      LOKI_URL: `http://127.0.0.1:${at.loki}`,
    },
  });
}
