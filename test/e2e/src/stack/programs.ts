import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alertmanagerConfig } from "../../../../infra/src/alertmanager.ts";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";

const infra = fileURLToPath(new URL("../../../../infra", import.meta.url));
/** What the stack cannot be shown without. */
const needed = ["prometheus", "alertmanager", "otelcol", "tempo"] as const;
type Program = (typeof needed)[number];

/** Programs of the stack that this machine lacks. */
export function missingPrograms(): readonly string[] {
  return needed.filter((name) => foreignProgram(name) === undefined);
}

/** The stores of the stack without containers, on the files that containers would mount; addresses go in by variables and targets. */
export class Stores implements AsyncDisposable {
  readonly prometheusUrl: string;
  readonly tempoUrl: string;
  /** Base of OTLP/HTTP. */
  readonly collectorUrl: string;
  readonly #folder: string;
  readonly #children: Child[];

  private constructor(at: Addresses, folder: string, children: Child[]) {
    this.prometheusUrl = `http://127.0.0.1:${at.prometheus}`;
    this.tempoUrl = `http://127.0.0.1:${at.tempo}`;
    this.collectorUrl = `http://127.0.0.1:${at.otlp}`;
    this.#folder = folder;
    this.#children = children;
  }

  /** `webhookUrl` is told of alerts. Throws with the last words of the program that does not get ready within 30 s. */
  static async start(webhookUrl: string): Promise<Stores> {
    const folder = mkdtempSync(join(tmpdir(), "moqscope-stack-"));
    const at = await addresses();
    const children: Child[] = [];
    const stores = new Stores(at, folder, children);
    try {
      children.push(startPrometheus(folder, at), startAlertmanager(folder, at, webhookUrl), startTempo(folder, at), startCollector(at));
      await Promise.all([
        ready(`${stores.prometheusUrl}/-/ready`, children),
        ready(`http://127.0.0.1:${at.alertmanager}/-/ready`, children),
        ready(`${stores.tempoUrl}/ready`, children),
        ready(`http://127.0.0.1:${at.health}/`, children),
      ]);
      return stores;
    } catch (error) {
      await stores[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type Addresses = Readonly<
  Record<"prometheus" | "alertmanager" | "tempo" | "tempoGrpc" | "tempoOtlp" | "grpc" | "otlp" | "health" | "collectorMetrics", number>
>;

function startPrometheus(folder: string, at: Addresses): Child {
  const own = join(folder, "prometheus");
  mkdirSync(join(own, "targets"), { recursive: true });
  for (const name of ["prometheus.yml", "rules"]) symlinkSync(join(infra, "prometheus", name), join(own, name));
  const targets = { prometheus: [at.prometheus], otelcol: [at.collectorMetrics], alertmanager: [at.alertmanager], node: [] };
  for (const [name, ports] of Object.entries(targets)) {
    const text = JSON.stringify(ports.length === 0 ? [] : [{ targets: ports.map((port) => `127.0.0.1:${port}`) }]);
    writeFileSync(join(own, "targets", `${name}.json`), text);
  }
  return new Child("prometheus", {
    args: [
      `--config.file=${join(own, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(own, "data")}`,
      `--web.listen-address=127.0.0.1:${at.prometheus}`,
      "--web.enable-otlp-receiver",
      "--web.enable-remote-write-receiver",
      "--enable-feature=exemplar-storage",
      "--log.level=warn",
    ],
  });
}

function startAlertmanager(folder: string, at: Addresses, webhookUrl: string): Child {
  const file = join(folder, "alertmanager.yml");
  writeFileSync(file, alertmanagerConfig({ webhookUrl }, { groupWait: 1, groupInterval: 5, repeat: 60 }));
  return new Child("alertmanager", {
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${at.alertmanager}`,
      "--cluster.listen-address=",
      "--log.level=warn",
    ],
  });
}

function startTempo(folder: string, at: Addresses): Child {
  return new Child("tempo", {
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

function startCollector(at: Addresses): Child {
  return new Child("otelcol", {
    args: ["--config", "collector.yaml"],
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
    },
  });
}

interface Start {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

class Child {
  readonly name: Program;
  readonly #process: ChildProcess;
  #said = "";

  constructor(name: Program, { args, env, cwd }: Start) {
    this.name = name;
    this.#process = spawn(foreignProgram(name) ?? name, args, { env: { ...process.env, ...env }, cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#said = `${this.#said}${chunk.toString()}`.slice(-4000);
      });
  }
  /** How it ended, if it did. */
  get over(): string | undefined {
    return this.#process.exitCode === null ? undefined : `${this.name} ended with ${this.#process.exitCode}: ${this.#said}`;
  }
  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await exit;
    clearTimeout(timer);
  }
}

async function ready(url: string, children: readonly Child[]): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const dead = children.find(({ over }) => over !== undefined);
    if (dead) throw new Error(dead.over);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${url} is not ready after 30 s`);
}

async function addresses(): Promise<Addresses> {
  const names = ["prometheus", "alertmanager", "tempo", "tempoGrpc", "tempoOtlp", "grpc", "otlp", "health", "collectorMetrics"] as const;
  const servers = names.map(() => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, "close");
      server.close();
      return closed;
    }),
  );
  return Object.fromEntries(names.map((name, at) => [name, ports[at]])) as Addresses;
}
