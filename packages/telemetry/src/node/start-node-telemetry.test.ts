import { spawnSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { noPromtool, promtoolPath } from "../../../../scripts/foreign/promtool.ts";
import { complaintsOf } from "../fixtures/promtool.ts";
import { buckets } from "../registry/buckets.ts";
import { metrics } from "../registry/metrics.ts";
import { otlpServer, type ReceivedMetric } from "./fixtures/otlp-server.ts";
import { type NodeTelemetryOptions, startNodeTelemetry } from "./index.ts";

function lines(): { write(line: string): void; readonly all: Record<string, unknown>[] } {
  const all: Record<string, unknown>[] = [];
  return { all, write: (line) => void all.push(JSON.parse(line) as Record<string, unknown>) };
}
function start(options: Partial<NodeTelemetryOptions> = {}) {
  const log = lines();
  const telemetry = startNodeTelemetry({
    serviceName: "moq-relay",
    instanceId: "ams-1",
    region: "eu",
    version: "1.2.3",
    processMetrics: false,
    logStream: log,
    ...options,
  });
  return { telemetry, log, recorder: telemetry.recorder };
}
const named = (list: readonly ReceivedMetric[] | undefined, name: string): ReceivedMetric | undefined =>
  list?.find((metric) => metric.name === name);

describe("startNodeTelemetry", () => {
  test("known values arrive as they were recorded, with names, units, bounds and resource", async () => {
    await using server = await otlpServer();
    const before = Date.now();
    const { telemetry, recorder } = start({ endpoint: `${server.url}/` });
    const sent = recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client" });
    sent.add(1200);
    sent.add(0.5);
    const lease = recorder.upDownCounter("moq.relay.active_connections", { transport: "websocket", peer: "client" }).acquire();
    recorder.upDownCounter("moq.relay.active_connections", { transport: "websocket", peer: "client" }).acquire();
    lease.release();
    recorder.gauge("moq.relay.certificate_expiry", {}).set(-7);
    const forward = recorder.histogram("moq.relay.forward_time", { peer: "client" });
    for (const value of [0.0001, 0.2, 0.2, 9]) forward.record(value);
    await telemetry.shutdown();

    const [report] = server.metrics;
    expect(report?.resource).toEqual({
      "service.name": "moq-relay",
      "service.instance.id": "ams-1",
      "cloud.region": "eu",
      "service.version": "1.2.3",
    });
    const attributes = { transport: "websocket", peer: "client" };
    expect(named(report?.metrics, "moq.relay.bytes_sent")).toMatchObject({
      unit: "By",
      type: "sum",
      monotonic: true,
      temporality: 2,
      points: [{ attributes, value: 1200.5 }],
    });
    expect(named(report?.metrics, "moq.relay.active_connections")).toMatchObject({ type: "sum", monotonic: false, points: [{ value: 1 }] });
    expect(named(report?.metrics, "moq.relay.certificate_expiry")).toMatchObject({ type: "gauge", points: [{ value: -7 }] });
    const histogram = named(report?.metrics, "moq.relay.forward_time");
    expect(histogram).toMatchObject({ type: "histogram", temporality: 2, unit: "s" });
    expect(histogram?.points[0]).toMatchObject({
      count: 4,
      bounds: buckets.forward,
      buckets: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1],
    });
    expect(histogram?.points[0]?.sum).toBeCloseTo(9.4001, 9);
    const startMs = (histogram?.points[0]?.startNanos ?? 0) / 1e6;
    expect(startMs).toBeGreaterThanOrEqual(before - 1);
    expect(startMs).toBeLessThanOrEqual(Date.now());
  });

  test("every exported metric is one of the registry, with its unit", async () => {
    await using server = await otlpServer();
    const { telemetry, recorder } = start({ endpoint: server.url, processMetrics: true });
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    // A process that lives for 60 ms need not collect its garbage.
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await telemetry.shutdown();
    const exported = server.metrics[0]?.metrics ?? [];
    expect(exported.map(({ name }) => name).sort()).toEqual(
      ["moq.relay.cache_hits", ...Object.keys(metrics).filter((name) => metrics[name as keyof typeof metrics].sender === "process")].sort(),
    );
    for (const { name, unit } of exported) expect(unit).toBe(metrics[name as keyof typeof metrics].unit);
    const delay = named(exported, "moq.process.event_loop_delay")?.points[0];
    expect(delay?.count).toBeGreaterThan(0);
    expect(delay?.buckets?.reduce((sum, count) => sum + count, 0)).toBe(delay?.count);
    expect(named(exported, "process.memory.usage")?.points[0]?.value).toBeGreaterThan(10e6);
    expect(named(exported, "process.cpu.time")?.points).toHaveLength(2);
  });

  test("spans keep ids, parent, kind, times and error; undeclared attributes stay behind", async () => {
    await using server = await otlpServer();
    const { telemetry, recorder } = start({ endpoint: server.url });
    const parent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "086a3fb97ecd01a7" };
    const attributes = { "moq.transport": "websocket", nonsense: 1 } as { "moq.transport": string };
    const accept = recorder.span("moq.accept", { parent, startMs: 1_700_000_000_000, attributes });
    const inner = recorder.span("moq.connect", { parent: accept.context, attributes: { "moq.url": "ws://u:p@host/room?jwt=secret#x" } });
    inner.end();
    accept.end({ error: "unauthorized", endMs: 1_700_000_000_250, attributes: { "moq.result": "unauthorized" } });
    accept.end();
    await telemetry.shutdown();
    expect(server.spans).toHaveLength(2);
    expect(server.spans.find(({ name }) => name === "moq.accept")).toEqual({
      name: "moq.accept",
      traceId: parent.traceId,
      spanId: accept.context.spanId,
      parentSpanId: parent.spanId,
      kind: 2,
      startMs: 1_700_000_000_000,
      endMs: 1_700_000_000_250,
      attributes: { "moq.transport": "websocket", "moq.result": "unauthorized" },
      status: 2,
    });
    expect(server.spans.find(({ name }) => name === "moq.connect")).toMatchObject({
      traceId: parent.traceId,
      parentSpanId: accept.context.spanId,
      attributes: { "moq.url": "ws://host/room" },
    });
  });

  test("an event is one JSON line with fixed keys and the same OTLP log record", async () => {
    await using server = await otlpServer();
    const { telemetry, recorder, log } = start({ endpoint: server.url });
    const context = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "086a3fb97ecd01a7" };
    const url = "http://127.0.0.1:4443/?jwt=eyJhbGciOi.eyJzdWIi.c2ln";
    recorder.event("info", "moq.ready", { url, node: "ams-1" }, context);
    recorder.event("debug", "moq.error", { message: "not logged" });
    recorder.event("warn", "moq.error", { message: "refused eyJhbGciOi.eyJzdWIi.c2ln", "error.code": 3 });
    await telemetry.shutdown();
    expect(log.all).toHaveLength(2);
    const whose = ["service.instance.id", "cloud.region"];
    expect(log.all[0]).toMatchObject({ "service.instance.id": "ams-1", "cloud.region": "eu" });
    expect(Object.keys(log.all[0] ?? {})).toEqual(["level", "time", ...whose, "event", "trace_id", "span_id", "url", "node", "message"]);
    expect(log.all[0]).toMatchObject({
      level: "info",
      event: "moq.ready",
      message: "Ready",
      trace_id: context.traceId,
      span_id: context.spanId,
      url: "http://127.0.0.1:4443/",
    });
    expect(log.all[1]).toMatchObject({ level: "warn", message: "refused [token]", "error.code": 3 });
    expect(server.logs).toMatchObject([
      {
        event: "moq.ready",
        severity: 9,
        body: "Ready",
        traceId: context.traceId,
        attributes: { url: "http://127.0.0.1:4443/", node: "ams-1" },
      },
      { event: "moq.error", severity: 13, body: "refused [token]", traceId: "" },
    ]);
  });

  test("a dead endpoint costs one warning, no exception and at most 3 s at the end", async () => {
    const dead = await otlpServer();
    await dead[Symbol.asyncDispose]();
    const { telemetry, recorder, log } = start({ endpoint: dead.url, intervalMs: 125 });
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    recorder.span("moq.accept").end();
    recorder.event("info", "moq.ready", {});
    await new Promise((resolve) => setTimeout(resolve, 400));
    const began = performance.now();
    await telemetry.shutdown();
    await telemetry.shutdown();
    expect(performance.now() - began).toBeLessThan(3_400);
    expect(log.all.filter(({ event }) => event === "moq.export.failed")).toHaveLength(1);
  });

  test("an endpoint that never answers does not hold the end of the process longer than 3 s", async () => {
    await using server = await otlpServer();
    server.answer(0);
    const { telemetry, recorder } = start({ endpoint: server.url });
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    const began = performance.now();
    await telemetry.shutdown();
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(performance.now() - began).toBeLessThan(3_400);
  });

  test("an endpoint that is no URL is refused by name", () => {
    expect(() => start({ endpoint: "collector" })).toThrow(expect.objectContaining({ code: "endpoint_invalid" }));
  });

  test("without an endpoint nothing is sent and the process may end", { timeout: 40_000 }, () => {
    const program = `
      import { startNodeTelemetry } from "@moqscope/telemetry/node";
      const telemetry = startNodeTelemetry({ serviceName: "x", instanceId: "y" });
      telemetry.recorder.event("info", "moq.ready", { node: "y" });`;
    const run = spawnSync(process.execPath, ["--conditions=@moqscope/source", "--input-type=module", "-e", program], {
      cwd: new URL("../..", import.meta.url),
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(run.status).toBe(0);
    expect(run.stdout).toBe("");
    expect(JSON.parse(run.stderr)).toMatchObject({ event: "moq.ready", node: "y" });
  });
});

describe("prometheusText", () => {
  test("has the names, labels and bounds of the OTLP translation", async () => {
    const { telemetry, recorder } = start();
    recorder.counter("moq.relay.broadcast.bytes_sent", { broadcast: 'a"b\\c\nd' }).add(3);
    recorder.histogram("moq.client.startup_time", { transport: "websocket" }).record(1.7);
    const text = telemetry.prometheusText();
    await telemetry.shutdown();
    expect(text).toContain("# TYPE moq_relay_broadcast_bytes_sent_total counter\n");
    expect(text).toContain(
      'moq_relay_broadcast_bytes_sent_total{job="moq-relay",instance="ams-1",cloud_region="eu",broadcast="a\\"b\\\\c\\nd"} 3\n',
    );
    const labels = 'job="moq-relay",instance="ams-1",cloud_region="eu",transport="websocket"';
    expect(text).toContain(`moq_client_startup_time_seconds_bucket{${labels},le="1.5"} 0\n`);
    expect(text).toContain(`moq_client_startup_time_seconds_bucket{${labels},le="2.0"} 1\n`);
    expect(text).toContain(`moq_client_startup_time_seconds_bucket{${labels},le="+Inf"} 1\n`);
    expect(text).toContain(`moq_client_startup_time_seconds_sum{${labels}} 1.7\n`);
    expect(text).not.toMatch(/le="\d+"/);
  });

  test("passes promtool's parser", async ({ skip }) => {
    const program = promtoolPath();
    if (program === undefined) return skip(noPromtool);
    const { telemetry, recorder } = start({ processMetrics: true });
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    const text = telemetry.prometheusText();
    await telemetry.shutdown();
    expect(complaintsOf(program, text)).toEqual([]);
  });
});
