import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { buckets } from "../registry/buckets.ts";
import { type EndingProcess, flushOnExit } from "./exit-flush.ts";
import { grpcServer } from "./fixtures/grpc-server.ts";
import { otlpServer } from "./fixtures/otlp-server.ts";
import { type NodeTelemetryOptions, startNodeTelemetry } from "./index.ts";
import { type LoadPackage, loadPackage } from "./stock-exporters.ts";

function start(options: NodeTelemetryOptions, load?: LoadPackage) {
  const lines: Record<string, unknown>[] = [];
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const telemetry = startNodeTelemetry({ serviceName: "moq-relay", processMetrics: false, logStream, env: {}, ...options }, load);
  return { telemetry, lines, recorder: telemetry.recorder };
}
/** One of each signal. */
function record({ recorder }: ReturnType<typeof start>): void {
  recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client" }).add(1200);
  for (const value of [0.0001, 9]) recorder.histogram("moq.relay.forward_time", { peer: "client" }).record(value);
  recorder.span("moq.accept", { attributes: { "moq.transport": "websocket" } }).end();
  recorder.event("info", "moq.ready", { node: "ams-1" });
}

describe("the protocols", () => {
  test("http/json: OpenTelemetry's JSON, gzip, with the headers of the environment", async () => {
    await using server = await otlpServer();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
      OTEL_SERVICE_NAME: "edge",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    };
    const running = start({ env, serviceName: undefined, fallback: { serviceName: "moq-relay" } });
    record(running);
    expect(running.telemetry.describe()).toBe(
      `metrics=http/json ${server.url}/v1/metrics, traces=http/json ${server.url}/v1/traces, logs=http/json ${server.url}/v1/logs, metrics every 10000 ms`,
    );
    expect(running.telemetry.prometheusText()).toContain('job="edge"');
    await running.telemetry.shutdown();
    const sent = new Map(server.requests.map((request) => [request.path, request]));
    expect([...sent.keys()].sort()).toEqual(["/v1/logs", "/v1/metrics", "/v1/traces"]);
    for (const { headers } of sent.values()) {
      expect(headers).toMatchObject({ "content-type": "application/json", "content-encoding": "gzip", "x-tenant": "a b" });
    }
    const body = JSON.parse(Buffer.from(sent.get("/v1/metrics")?.body ?? []).toString()) as Record<string, unknown>;
    expect(body).toMatchObject({
      resourceMetrics: [
        {
          resource: {
            attributes: expect.arrayContaining([
              { key: "service.name", value: { stringValue: "edge" } },
              { key: "deployment.environment.name", value: { stringValue: "test" } },
            ]) as unknown,
          },
          scopeMetrics: [
            {
              metrics: [
                { name: "moq.relay.bytes_sent", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asDouble: 1200 }] } },
                { name: "moq.relay.forward_time", histogram: { dataPoints: [{ explicitBounds: buckets.forward, count: 2 }] } },
              ],
            },
          ],
        },
      ],
    });
  });

  test("gRPC: metrics, spans and log records arrive at a real gRPC server, with metadata", async () => {
    await using server = await grpcServer();
    const running = start({ endpoint: server.url, protocol: "grpc", headers: { "x-tenant": "a" } });
    record(running);
    await running.telemetry.shutdown();
    expect(server.metrics[0]?.resource["service.name"]).toBe("moq-relay");
    expect(server.metrics[0]?.metrics).toMatchObject([
      { name: "moq.relay.bytes_sent", temporality: 2, points: [{ value: 1200 }] },
      { name: "moq.relay.forward_time", points: [{ count: 2, bounds: buckets.forward }] },
    ]);
    expect(server.spans).toMatchObject([{ name: "moq.accept", kind: 2, attributes: { "moq.transport": "websocket" } }]);
    expect(server.logs).toMatchObject([{ event: "moq.ready", attributes: { node: "ams-1" } }]);
    expect(server.metadata).toHaveLength(3);
    for (const metadata of server.metadata) expect(metadata).toMatchObject({ "x-tenant": "a" });
    expect(running.lines.filter(({ level }) => level !== "info")).toEqual([]);
  });

  test("gRPC without its package is refused with what chose it and what to install", () => {
    // The real error of the real loader.
    const load: LoadPackage = (name) => loadPackage(`${name}-that-is-not-there`);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect(() => start({ env }, load)).toThrow(
      expect.objectContaining({
        code: "exporter_missing",
        message:
          "OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs the package @opentelemetry/exporter-metrics-otlp-grpc: npm install @opentelemetry/exporter-metrics-otlp-grpc@0.223.0, or choose http/protobuf",
      }),
    );
  });
});

describe("switches", () => {
  test.each([
    ["OTEL_SDK_DISABLED", "true"],
    ["OTEL_METRICS_EXPORTER", "none"],
  ])("%s=%s sends nothing of what it names, and stderr and /metrics go on", async (variable, value) => {
    await using server = await otlpServer();
    const running = start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, [variable]: value } });
    record(running);
    expect(running.telemetry.prometheusText()).toContain(
      'moq_relay_bytes_sent_total{job="moq-relay",transport="websocket",peer="client"} 1200',
    );
    await running.telemetry.shutdown();
    expect(running.lines).toMatchObject([{ event: "moq.ready" }]);
    expect(server.metrics).toEqual([]);
    expect(server.spans).toHaveLength(variable === "OTEL_SDK_DISABLED" ? 0 : 1);
  });

  test("what is ignored is one warning each, in the log and as a log record", async () => {
    await using server = await otlpServer();
    const { telemetry, lines } = start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_TRACES_SAMPLER: "sometimes" } });
    await telemetry.shutdown();
    const variable = "OTEL_TRACES_SAMPLER";
    expect(lines).toMatchObject([{ level: "warn", event: "moq.setting.ignored", variable }]);
    expect(lines[0]?.["message"]).toMatch(/^OTEL_TRACES_SAMPLER is ignored: "sometimes" is none of always_on, /);
    expect(server.logs).toMatchObject([{ event: "moq.setting.ignored", severity: 13, attributes: { variable } }]);
  });

  test("a trace that the sampler leaves out has no recorded child", async () => {
    await using server = await otlpServer();
    const { telemetry, recorder } = start({ endpoint: server.url, env: { OTEL_TRACES_SAMPLER: "parentbased_always_off" } });
    const root = recorder.span("moq.accept");
    recorder.span("moq.connect", { parent: root.context }).end();
    root.end();
    recorder.event("info", "moq.ready", {}, root.context);
    await telemetry.shutdown();
    expect(server.spans).toEqual([]);
    expect(server.logs[0]?.traceId).toBe(root.context.traceId);
  });

  test("traceidratio keeps its part of many traces", async () => {
    await using server = await otlpServer();
    const env = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
    const { telemetry, recorder } = start({ endpoint: server.url, env });
    for (let i = 0; i < 2_000; i++) recorder.span("moq.accept").end();
    await telemetry.shutdown();
    expect(server.spans.length).toBeGreaterThan(400);
    expect(server.spans.length).toBeLessThan(600);
  });

  test("the interval of OTEL_METRIC_EXPORT_INTERVAL is kept", async () => {
    await using server = await otlpServer();
    const running = start({ endpoint: server.url, env: { OTEL_METRIC_EXPORT_INTERVAL: "120" } });
    record(running);
    await expect.poll(() => server.metrics.length, { timeout: 5_000 }).toBeGreaterThan(2);
    await running.telemetry.shutdown();
  });
});

/** Stands for `process`, whose signals would end the tests. */
class FakeProcess implements EndingProcess {
  readonly pid = 7;
  readonly killed: string[] = [];
  readonly #listeners = new Map<string, Set<(signal: NodeJS.Signals) => void>>();

  on(event: string, listener: (signal: NodeJS.Signals) => void): void {
    this.#listeners.set(event, new Set(this.#listeners.get(event)).add(listener));
  }

  off(event: string, listener: (signal: NodeJS.Signals) => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.size ?? 0;
  }

  kill(pid: number, signal: NodeJS.Signals): void {
    this.killed.push(`${pid} ${signal}`);
  }

  emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(event as NodeJS.Signals);
  }
}

describe("flush on exit", () => {
  const counting = () => {
    const calls: string[] = [];
    const told = (what: string) => () => {
      calls.push(what);
      return Promise.resolve();
    };
    return { calls, flush: told("flush"), shutdown: told("shutdown") };
  };

  test("a signal that nobody else hears: all is sent, then the process ends by it", async () => {
    const [ending, telemetry] = [new FakeProcess(), counting()];
    flushOnExit(telemetry, ending);
    ending.emit("SIGTERM");
    expect(ending.listenerCount("SIGTERM"), "a second signal ends it at once").toBe(0);
    await expect.poll(() => ending.killed).toEqual(["7 SIGTERM"]);
    expect(telemetry.calls).toEqual(["shutdown"]);
  });

  test("where the application hears the signal, it decides when the process ends", () => {
    const [ending, telemetry] = [new FakeProcess(), counting()];
    const stop = flushOnExit(telemetry, ending);
    ending.on("SIGINT", () => {});
    ending.emit("SIGINT");
    expect(telemetry.calls).toEqual(["flush"]);
    expect(ending.killed).toEqual([]);
    stop();
    stop();
    expect([ending.listenerCount("SIGINT"), ending.listenerCount("beforeExit")]).toEqual([1, 0]);
  });

  test("real processes: one that ends by itself and one that is terminated both send their last values", { timeout: 40_000 }, async () => {
    await using server = await otlpServer();
    const program = (then: string): string => `
      import { startNodeTelemetry } from "@moqscope/telemetry/node";
      const { recorder } = startNodeTelemetry({ processMetrics: false });
      recorder.counter("moq.relay.cache_hits", {}).add(3);
      ${then}`;
    const cwd = new URL("../..", import.meta.url);
    const run = async (name: string, then: string): Promise<{ code: number | null; signal: string | null }> => {
      const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_SERVICE_NAME: name };
      const flags = ["--conditions=@moqscope/source", "--input-type=module", "-e", program(then)];
      const child = spawn(process.execPath, flags, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
      child.stdout.once("data", () => child.kill("SIGTERM"));
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      return { code, signal };
    };
    const [itself, killed] = await Promise.all([
      run("itself", ""),
      run("killed", 'setInterval(() => {}, 1000); process.stdout.write("up");'),
    ]);
    expect(itself).toEqual({ code: 0, signal: null });
    expect(killed).toEqual({ code: null, signal: "SIGTERM" });
    for (const name of ["itself", "killed"]) {
      const reports = server.metrics.filter(({ resource }) => resource["service.name"] === name);
      expect(reports, name).toMatchObject([{ metrics: [{ name: "moq.relay.cache_hits", points: [{ value: 3 }] }] }]);
    }
  });
});
