import { startBrowserTelemetry, type TelemetryClock } from "@moqscope/telemetry/browser";
import { startNodeTelemetry } from "@moqscope/telemetry/node";
import type { LogsAnswer, TracesAnswer } from "@moqscope/telemetry/query";
import { describe, expect, test, vi } from "vitest";
import { TestGateway } from "./testing/gateway.ts";

/** Waits before a retry are short here. */
const hasty: TelemetryClock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms <= 1000 ? 5 : ms);
    return () => clearTimeout(timer);
  },
};

/** Our own set-ups, with the real SDK exporters, against a real gateway. */
describe("the set-up for Node (stock OTLP protobuf exporters)", () => {
  test("metrics, a span and a log record arrive as they were recorded", async () => {
    await using at = await TestGateway.start();
    const lines: string[] = [];
    const telemetry = startNodeTelemetry({
      serviceName: "moq-relay",
      instanceId: "relay-1",
      endpoint: at.gateway.otlpUrl,
      intervalMs: 60_000,
      logStream: { write: (line) => void lines.push(line) },
    });
    const { recorder } = telemetry;
    recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client" }).add(1234);
    recorder.upDownCounter("moq.relay.active_subscribers", { transport: "websocket", peer: "client" }).acquire(3);
    recorder.gauge("moq.relay.certificate_expiry", {}).set(-5);
    for (const value of [0.0002, 0.02, 9]) recorder.histogram("moq.relay.forward_time", { peer: "client" }).record(value);
    const span = recorder.span("moq.accept", { attributes: { "moq.transport": "websocket" } });
    span.end({ error: "refused" });
    recorder.event("warn", "moq.session.closed", { reason: "idle_timeout", active: 2 }, span.context);
    await telemetry.shutdown();

    const { metrics } = await at.metrics("service=moq-relay");
    const find = (name: string): (typeof metrics)[number] | undefined => metrics.find((metric) => metric.name === name);
    expect(find("moq.relay.bytes_sent")).toMatchObject({ type: "counter", unit: "By", instance: "relay-1", value: 1234 });
    expect(find("moq.relay.active_subscribers")).toMatchObject({ type: "updowncounter", value: 3 });
    expect(find("moq.relay.certificate_expiry")).toMatchObject({ type: "gauge", value: -5 });
    const forward = find("moq.relay.forward_time")?.histogram;
    expect(forward).toMatchObject({ count: 3, buckets: [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1] });
    expect(forward?.sum).toBeCloseTo(9.0202, 9);
    expect(find("process.memory.usage")?.value).toBeGreaterThan(1e6);

    const traces = await at.ask<TracesAnswer>("api/traces");
    expect(traces.spans).toMatchObject([
      { ...span.context, name: "moq.accept", error: "refused", service: "moq-relay", instance: "relay-1" },
    ]);
    expect((await at.ask<TracesAnswer>(`api/traces/${span.context.traceId}`)).spans).toEqual(traces.spans);
    expect((await at.ask<TracesAnswer>(`api/traces/${"0".repeat(32)}`)).spans).toEqual([]);
    const logs = await at.ask<LogsAnswer>("api/logs");
    const closed = logs.logs.find(({ event }) => event === "moq.session.closed");
    expect(closed).toMatchObject({
      level: "warn",
      service: "moq-relay",
      ...span.context,
      attributes: { reason: "idle_timeout", active: "2" },
    });
  });
});

describe("the set-up for browsers", () => {
  test("counts arrive whole, also when the gateway restarts under the player", async () => {
    const first = await TestGateway.start({ reportIntervalMs: 60_000 });
    const ports = { ingest: new URL(first.gateway.ingestUrl).port };
    const telemetry = startBrowserTelemetry({ endpoint: first.gateway.ingestUrl, intervalMs: 60_000, clock: hasty });
    const { recorder } = telemetry;
    const frames = recorder.counter("moq.client.frames_received", { media: "video", transport: "websocket" });
    frames.add(50);
    recorder.histogram("moq.client.startup_time", { transport: "websocket" }).record(0.4);
    telemetry.setState("playing");
    const event = { from: "starting", state: "playing" } as const;
    recorder.event("info", "moq.player.state", event);
    recorder.span("moq.rebuffer").end();
    await telemetry.flush("startup");

    // without the gateway's id, which its first answer tells, a report is asked to rebase and comes again by itself
    await vi.waitFor(async () => expect((await first.metrics("name=moq.client.frames_received")).metrics).toMatchObject([{ value: 50 }]));
    expect((await first.summary()).startup).toMatchObject({ count: 1, sum: 0.4 });
    expect((await first.summary()).sessions).toEqual({ playing: 1 });
    const { sessions } = await first.sessions();
    expect(sessions).toMatchObject([{ sessionId: telemetry.sessionId, startupSeconds: 0.4 }]);
    // spans and events follow the report
    const mine = { "session.id": telemetry.sessionId };
    await vi.waitFor(async () => {
      const { logs } = await first.ask<LogsAnswer>("api/logs");
      expect(logs).toContainEqual(
        expect.objectContaining({ event: "moq.player.state", service: "moq-player", attributes: { ...event, ...mine } }),
      );
      expect((await first.ask<TracesAnswer>("api/traces")).spans).toMatchObject([{ name: "moq.rebuffer", attributes: mine }]);
    });

    await first.close();
    await using second = await TestGateway.start({
      reportIntervalMs: 60_000,
      ingestListen: { host: "127.0.0.1", port: Number(ports.ingest) },
    });
    // what may have been counted before the restart is never counted again
    await telemetry.flush("state");
    frames.add(7);
    await telemetry.close();
    expect((await second.metrics("name=moq.client.frames_received")).metrics).toMatchObject([{ value: 7 }]);
  });
});
