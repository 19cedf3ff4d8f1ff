import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foreignProgram } from "../../../../scripts/foreign/installed.ts";
import { arrives, signalsArrive, text } from "../../../../scripts/stack/signals.ts";
import { root } from "../../../../scripts/support/root.ts";

const infra = join(root, "infra");
const needed = ["prometheus", "alertmanager", "otelcol", "otelcol-edge", "tempo", "loki"] as const;
const missing = needed.filter((name) => foreignProgram(name) === undefined);
const waitMs = 60_000;

const folder = mkdtempSync(join(tmpdir(), "moqscope-tiers-"));
const children: ChildProcess[] = [];
let said = "";

function start(name: (typeof needed)[number], args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const cwd = join(infra, "collector");
  const child = spawn(foreignProgram(name) ?? name, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said = `${said}${name}: ${chunk.toString()}`.slice(-6000);
    });
  children.push(child);
}

/** So many ports that nobody listens on. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const found = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return found;
}

describe.skipIf(missing.length > 0)("two tiers of collectors and a pair of Prometheus, on the files of the profile fleet", () => {
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  let edge = "";
  let pair: readonly string[] = [];
  let alertmanager = "";
  let tempo = "";
  let loki = "";

  beforeAll(async () => {
    const [first, second, alerts, tempoHttp, tempoGrpc, tempoOtlp, lokiHttp, lokiGrpc, ...rest] = await freePorts(24);
    const listen = (): string => `127.0.0.1:${rest.pop()}`;
    pair = [url(first), url(second)];
    [alertmanager, tempo, loki] = [url(alerts), url(tempoHttp), url(lokiHttp)];
    const health: string[] = [];

    const alertmanagerFile = join(infra, "alertmanager/alertmanager.yml");
    const alertArgs = [`--storage.path=${join(folder, "alertmanager")}`, `--web.listen-address=127.0.0.1:${alerts}`];
    start("alertmanager", [`--config.file=${alertmanagerFile}`, ...alertArgs, "--cluster.listen-address=", "--log.level=warn"]);
    for (const [at, port] of [first, second].entries()) prometheus(`prometheus-${at + 1}`, port ?? 0, alerts ?? 0);
    start("tempo", ["-config.expand-env=true", `-config.file=${join(infra, "tempo/tempo.yaml")}`], {
      TEMPO_HTTP_HOST: "127.0.0.1",
      TEMPO_HTTP_PORT: String(tempoHttp),
      TEMPO_GRPC_HOST: "127.0.0.1",
      TEMPO_GRPC_PORT: String(tempoGrpc),
      TEMPO_OTLP_LISTEN: `127.0.0.1:${tempoOtlp}`,
      TEMPO_DATA: join(folder, "tempo"),
      TEMPO_REMOTE_WRITE: `${url(first)}/api/v1/write`,
    });
    start("loki", ["-config.expand-env=true", `-config.file=${join(infra, "loki/loki.yaml")}`], {
      LOKI_HTTP_HOST: "127.0.0.1",
      LOKI_HTTP_PORT: String(lokiHttp),
      LOKI_GRPC_PORT: String(lokiGrpc),
      LOKI_DATA: join(folder, "loki"),
    });
    const collector = (name: string, file: string, grpc: string, more: Readonly<Record<string, string>>): void => {
      const healthListen = listen();
      health.push(`http://${healthListen}/`);
      start(file === "edge.yaml" ? "otelcol-edge" : "otelcol", ["--config", file], {
        COLLECTOR_NAME: name,
        COLLECTOR_GRPC_LISTEN: grpc,
        COLLECTOR_HTTP_LISTEN: listen(),
        COLLECTOR_HEALTH_LISTEN: healthListen,
        COLLECTOR_METRICS_HOST: "127.0.0.1",
        COLLECTOR_METRICS_PORT: String(rest.pop()),
        COLLECTOR_DECISION_WAIT: "2s",
        PROMETHEUS_URL: pair[0] ?? "",
        PROMETHEUS_2_URL: pair[1] ?? "",
        TEMPO_OTLP_URL: url(tempoOtlp),
        LOKI_URL: loki,
        ...more,
      });
    };
    const tails = [listen(), listen()];
    for (const [at, grpc] of tails.entries()) collector(`collector-${at + 1}`, "tail.yaml", grpc, {});
    const http = listen();
    edge = `http://${http}`;
    const resolver = { COLLECTOR_TAIL_1: tails[0] ?? "", COLLECTOR_TAIL_2: tails[1] ?? "" };
    collector("collector-eu", "edge.yaml", listen(), { ...resolver, COLLECTOR_HTTP_LISTEN: http });

    const ready = [...pair.map((one) => `${one}/-/ready`), `${alertmanager}/-/ready`, `${tempo}/ready`, `${loki}/ready`, ...health];
    const until = performance.now() + 90_000;
    await Promise.all(ready.map((one) => arrives(one, until, async () => (await text(one)) !== undefined))).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${said}`);
    });
  }, 120_000);
  afterAll(async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
      }),
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it("carry every signal from the edge to its store, metrics to both of the pair", { timeout: 120_000 }, async () => {
    const seen = await signalsArrive({ otlp: edge, prometheus: pair[0] ?? "", tempo, loki }, waitMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${said}`);
    });
    expect(seen).toHaveLength(3);
    expect(await value(pair[1] ?? "", 'count(stack_smoke{job="stack-smoke"})')).toBe(1);
  });
  it("judge each trace whole though its spans come one by one, and count each span once, by whom it went to", {
    timeout: 180_000,
  }, async () => {
    const ids = Array.from({ length: 24 }, () => randomBytes(16).toString("hex"));
    for (const part of ["first", "second"]) await Promise.all(ids.map((id) => sendSpan(id, part)));
    await arrives("every trace with both of its spans", performance.now() + waitMs, async () => {
      const traces = await Promise.all(ids.map((id) => text(`${tempo}/api/traces/${id}`)));
      return traces.every((trace) => trace.includes("tiers.first") && trace.includes("tiers.second"));
    });
    const calls = 'traces_span_metrics_calls_total{service_name="stack-tiers"}';
    for (const one of pair) {
      await arrives("the span metrics", performance.now() + waitMs, async () => (await value(one, `sum(${calls})`)) === 2 * ids.length);
      expect(await value(one, `count(count by (collector) (${calls}))`)).toBe(2);
    }
  });
  it("tell an alert that both of the pair judge once", { timeout: 120_000 }, async () => {
    const alerts = async (): Promise<readonly { readonly labels: Readonly<Record<string, string>> }[]> =>
      JSON.parse(await text(`${alertmanager}/api/v2/alerts?filter=alertname%3D%22MoqWatchdog%22`)) as never;
    await arrives("the watchdog", performance.now() + waitMs, async () => (await alerts()).length > 0);
    const firing = 'ALERTS{alertname="MoqWatchdog",alertstate="firing"}';
    for (const one of pair) await arrives("the watchdog of each", performance.now() + waitMs, async () => (await value(one, firing)) === 1);
    const told = await alerts();
    expect(told.map(({ labels }) => [labels["fleet"], labels["__replica__"]])).toEqual([["tiers", undefined]]);
  });

  function prometheus(name: string, port: number, alerts: number): void {
    const own = join(folder, name);
    mkdirSync(join(own, "targets"), { recursive: true });
    symlinkSync(join(infra, "prometheus/fleet.yml"), join(own, "prometheus.yml"));
    symlinkSync(join(infra, "prometheus/rules"), join(own, "rules"));
    const targets = { prometheus: [], otelcol: [], node: [], alertmanager: [{ targets: [`127.0.0.1:${alerts}`] }] };
    for (const [job, list] of Object.entries(targets)) writeFileSync(join(own, "targets", `${job}.json`), JSON.stringify(list));
    const storage = [`--config.file=${join(own, "prometheus.yml")}`, `--storage.tsdb.path=${join(own, "data")}`];
    const features = ["--web.enable-otlp-receiver", "--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"];
    start("prometheus", [...storage, `--web.listen-address=127.0.0.1:${port}`, ...features, "--log.level=warn"], {
      PROMETHEUS_REPLICA: name,
      PROMETHEUS_FLEET: "tiers",
    });
  }
  async function value(base: string, expr: string): Promise<number | undefined> {
    const body = await text(`${base}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
    const { data } = JSON.parse(body) as { readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] } };
    const found = data.result[0]?.value[1];
    return found === undefined ? undefined : Number(found);
  }
  async function sendSpan(traceId: string, part: string): Promise<void> {
    const now = `${Date.now()}000000`;
    const times = { startTimeUnixNano: now, endTimeUnixNano: `${BigInt(now) + 1_000_000n}` };
    const span = { traceId, spanId: randomBytes(8).toString("hex"), name: `tiers.${part}`, kind: 1, ...times };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "stack-tiers" } }] };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const response = await fetch(`${edge}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(response.status).toBe(200);
  }
});

describe.runIf(missing.length > 0)("two tiers of collectors", () => {
  it("are shown with the real programs", (context) => {
    context.skip(`${missing.join(", ")} not here: pnpm foreign:build makes them`);
  });
});
