import { metrics as metricsApi, trace } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, DataPointType, MeterProvider, type MetricData, MetricReader } from "@opentelemetry/sdk-metrics";
import { AlwaysOffSampler, InMemorySpanExporter, ParentBasedSampler, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, test } from "vitest";
import { bundle } from "../fixtures/bundle.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { buckets } from "../registry/buckets.ts";
import { metricRecord, metrics } from "../registry/metrics.ts";
import { playerMetrics } from "../registry/player/index.ts";
import { type OtelRecorderOptions, otelRecorder } from "./index.ts";

/** A reader that the test asks. */
class AskedReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  async metrics(): Promise<Map<string, MetricData>> {
    const { resourceMetrics, errors } = await this.collect();
    expect(errors).toEqual([]);
    return new Map(resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics.map((metric) => [metric.descriptor.name, metric])));
  }
}

/** An application with a real SDK. */
function application(options: OtelRecorderOptions = {}, sampler = {}) {
  const reader = new AskedReader();
  const deltas = new AskedReader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
  const spans = new InMemorySpanExporter();
  const records = new InMemoryLogRecordExporter();
  const providers = {
    meterProvider: new MeterProvider({ readers: [reader, deltas] }),
    tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })], ...sampler }),
    loggerProvider: new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
  };
  const recorder = otelRecorder({ ...providers, ...options });
  return { reader, deltas, spans, records, recorder, providers };
}
const points = (metric: MetricData | undefined) => metric?.dataPoints.map(({ attributes, value }) => ({ attributes, value }));

afterEach(() => {
  metricsApi.disable();
  trace.disable();
  logs.disable();
});

describe("otelRecorder over a real SDK", () => {
  test("counters, up-down counters and gauges are read from our cells with name, unit, type and every value exact", async () => {
    const { recorder, reader } = application();
    const attributes = { transport: "websocket", peer: "client" } as const;
    const sent = recorder.counter("moq.relay.bytes_sent", attributes);
    sent.add(1200);
    sent.add(0.5);
    const lease = recorder.upDownCounter("moq.relay.active_connections", attributes).acquire(3);
    recorder.gauge("moq.relay.certificate_expiry", {}).set(-7);
    const first = await reader.metrics();
    expect([...first.keys()].sort()).toEqual(["moq.relay.active_connections", "moq.relay.bytes_sent", "moq.relay.certificate_expiry"]);
    expect(first.get("moq.relay.bytes_sent")).toMatchObject({
      descriptor: { unit: "By", description: metrics["moq.relay.bytes_sent"].description },
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    });
    expect(points(first.get("moq.relay.bytes_sent"))).toEqual([{ attributes, value: 1200.5 }]);
    expect(first.get("moq.relay.active_connections")).toMatchObject({ dataPointType: DataPointType.SUM, isMonotonic: false });
    expect(points(first.get("moq.relay.active_connections"))).toEqual([{ attributes, value: 3 }]);
    expect(first.get("moq.relay.certificate_expiry")?.dataPointType).toBe(DataPointType.GAUGE);
    expect(points(first.get("moq.relay.certificate_expiry"))).toEqual([{ attributes: {}, value: -7 }]);
    sent.add(0.5);
    lease.release();
    const second = await reader.metrics();
    expect(points(second.get("moq.relay.bytes_sent"))).toEqual([{ attributes, value: 1201 }]);
    expect(points(second.get("moq.relay.active_connections"))).toEqual([{ attributes, value: 0 }]);
  });

  test("a reader that wants deltas has them, beside one that wants sums", async () => {
    const { recorder, reader, deltas } = application();
    const hits = recorder.counter("moq.relay.cache_hits", {});
    const time = recorder.histogram("moq.relay.forward_time", { peer: "client" });
    const values: unknown[] = [];
    for (const add of [5, 2]) {
      hits.add(add);
      time.record(0.2);
      const [cumulative, delta] = [await reader.metrics(), await deltas.metrics()];
      for (const name of ["moq.relay.cache_hits", "moq.relay.forward_time"]) {
        for (const read of [cumulative, delta]) {
          const value = read.get(name)?.dataPoints[0]?.value;
          values.push(typeof value === "object" && "count" in value ? value.count : value);
        }
      }
    }
    expect(values).toEqual([5, 5, 1, 1, 7, 2, 2, 1]);
  });

  test("every histogram of the registry has the registry's bounds, and each value in its bucket", async () => {
    const { recorder, reader } = application();
    const expected = new Map<string, readonly number[]>();
    for (const [name, record] of Object.entries(metrics)) {
      if (record.instrument !== "histogram") continue;
      const bounds = buckets[record.buckets];
      expected.set(name, bounds);
      const histogram = recorder.histogram(name as "moq.client.startup_time", {} as never);
      // Bounds are inclusive: each one falls into its own bucket, and one above the last into the implied one.
      for (const bound of [...bounds, (bounds.at(-1) ?? 0) * 2]) histogram.record(bound);
      for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) histogram.record(wrong);
    }
    const read = await reader.metrics();
    expect(read.size).toBe(expected.size);
    for (const [name, bounds] of expected) {
      const metric = read.get(name);
      if (metric?.dataPointType !== DataPointType.HISTOGRAM) throw new Error(`${name} is no histogram`);
      const value = metric.dataPoints[0]?.value;
      expect(value?.buckets.boundaries, name).toEqual(bounds);
      expect(value?.buckets.counts, name).toEqual(Array.from({ length: bounds.length + 1 }, () => 1));
      expect(metric.descriptor.unit).toBe(metricRecord(name)?.unit);
    }
  });

  test("undeclared attributes, foreign values and what only the gateway sets never reach the SDK", async () => {
    const { recorder, reader } = application();
    const wild = recorder as unknown as Record<
      "counter" | "histogram",
      (name: string, attributes: object) => { add(n: number): void; record(n: number): void }
    >;
    const given = { transport: "carrier pigeon", outcome: "started", session: "s1", region: "europe", "user.id": "u1" };
    wild.counter("moq.client.play_attempts", given).add(1);
    wild.histogram("moq.client.startup_time", given).record(1);
    wild.counter("moq.client.invented", given).add(1);
    wild.histogram("moq.client.invented_time", given).record(1);
    wild.counter("toString", given).add(1);
    const read = await reader.metrics();
    expect([...read.keys()].sort()).toEqual(["moq.client.play_attempts", "moq.client.startup_time"]);
    for (const metric of read.values()) {
      const declared = metricRecord(metric.descriptor.name)?.attributes ?? {};
      for (const { attributes } of metric.dataPoints) {
        for (const [key, value] of Object.entries(attributes)) {
          const set = declared[key];
          expect(set?.derived, key).toBeUndefined();
          expect(set?.kind === "closed" && set.values.includes(String(value)), `${key}=${String(value)}`).toBe(true);
        }
      }
    }
  });

  test("open values beyond their bound fall into other; a retired one is exported no more", async () => {
    const { recorder, reader } = application();
    for (let i = 0; i < 150; i++) recorder.counter("moq.relay.broadcast.bytes_sent", { broadcast: `room/${i}` }).add(1);
    recorder.retire("broadcast", "room/3");
    const read = await reader.metrics();
    const found = points(read.get("moq.relay.broadcast.bytes_sent")) ?? [];
    expect(found).toHaveLength(100);
    expect(found).toContainEqual({ attributes: { broadcast: "other" }, value: 50 });
  });

  test("a part of the vocabulary is all that exists", async () => {
    const { recorder, reader } = application({ metrics: playerMetrics });
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    expect([...(await reader.metrics()).keys()]).toEqual(["moq.client.reconnects"]);
  });

  test("samples run before the reading, and one that throws is told and stops no other", async () => {
    const errors: unknown[] = [];
    const { recorder, reader } = application({ onError: (error) => errors.push(error) });
    const hits = recorder.counter("moq.relay.cache_hits", {});
    recorder.onCollect(() => {
      throw new Error("sample");
    });
    recorder.onCollect(() => hits.add(2));
    expect(points((await reader.metrics()).get("moq.relay.cache_hits"))).toEqual([{ attributes: {}, value: 2 }]);
    expect(errors).toHaveLength(1);
  });

  test("spans keep ids, parent, kind, times, status and declared attributes only", () => {
    const { recorder, spans } = application();
    const attributes = { "moq.transport": "websocket", secret: "x" } as { "moq.transport": string };
    const parent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "086a3fb97ecd01a7" };
    const accept = recorder.span("moq.accept", { parent, startMs: 1_700_000_000_000, attributes });
    recorder.span("moq.connect", { parent: accept.context }).end();
    accept.end({ error: "unauthorized", endMs: 1_700_000_000_250, attributes: { "moq.result": "unauthorized" } });
    const [inner, outer] = spans.getFinishedSpans();
    expect(inner).toMatchObject({ name: "moq.connect", parentSpanContext: { spanId: accept.context.spanId } });
    expect(outer).toMatchObject({
      name: "moq.accept",
      kind: 1,
      startTime: [1_700_000_000, 0],
      endTime: [1_700_000_000, 250_000_000],
      status: { code: 2, message: "unauthorized" },
      parentSpanContext: parent,
    });
    expect(outer?.attributes).toEqual({ "moq.transport": "websocket", "moq.result": "unauthorized" });
    expect(outer?.spanContext().traceId).toBe(parent.traceId);
    expect(outer?.instrumentationScope.name).toBe("@moqscope/telemetry");
  });

  test("the application's sampler decides for a whole trace: what it leaves out has no recorded child", () => {
    const { recorder, spans } = application({}, { sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }) });
    const root = recorder.span("moq.session.start");
    expect(root.context.sampled).toBe(false);
    recorder.span("moq.connect", { parent: root.context }).end();
    root.end();
    expect(spans.getFinishedSpans()).toEqual([]);
  });

  test("events are log records with name, severity, body, declared fields and the span they belong to", () => {
    const { recorder, records } = application();
    const span = recorder.span("moq.session.start");
    const fields = { state: "playing", from: "starting", password: "x" } as { state: string };
    recorder.event("info", "moq.player.state", fields, span.context);
    recorder.event("error", "moq.player.error", { message: "wss://u:p@host/room?jwt=eyJhbGciOi.eyJzdWIi.c2ln broke", fatal: true });
    const [state, error] = records.getFinishedLogRecords();
    expect(state).toMatchObject({
      eventName: "moq.player.state",
      severityNumber: 9,
      severityText: "info",
      body: "Player changed state",
      spanContext: span.context,
    });
    expect(state?.attributes).toEqual({ state: "playing", from: "starting" });
    expect(error).toMatchObject({ severityNumber: 17, body: "wss://host/room broke" });
    expect(error?.spanContext).toBeUndefined();
  });

  test("without providers given, those registered with the API are used", async () => {
    const { reader, spans, records, providers } = application();
    metricsApi.setGlobalMeterProvider(providers.meterProvider);
    trace.setGlobalTracerProvider(providers.tracerProvider);
    logs.setGlobalLoggerProvider(providers.loggerProvider);
    const recorder = otelRecorder();
    recorder.counter("moq.relay.cache_hits", {}).add(4);
    recorder.span("moq.connect").end();
    recorder.event("info", "moq.ready", {});
    expect(points((await reader.metrics()).get("moq.relay.cache_hits"))).toEqual([{ attributes: {}, value: 4 }]);
    expect(spans.getFinishedSpans()).toHaveLength(1);
    expect(records.getFinishedLogRecords()).toHaveLength(1);
  });

  test("with nothing registered it hears nothing and throws nothing", () => {
    const recorder: Recorder = otelRecorder();
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    recorder.histogram("moq.relay.forward_time", { peer: "client" }).record(1);
    recorder.span("moq.connect").end();
    recorder.event("info", "moq.ready", {});
  });

  test("closed, it is read no more; the application's other instruments go on", async () => {
    const { recorder, reader, providers } = application();
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    const own = providers.meterProvider.getMeter("app").createCounter("app.clicks");
    recorder.close();
    recorder.close();
    own.add(1);
    expect([...(await reader.metrics()).keys()]).toEqual(["app.clicks"]);
  });

  test("an SDK that throws does not reach the caller", () => {
    const thrower = (): never => {
      throw new Error("broken");
    };
    const told: unknown[] = [];
    const { meterProvider } = application().providers;
    const recorder = otelRecorder({
      meterProvider: { getMeter: (name) => Object.assign(meterProvider.getMeter(name), { createHistogram: () => ({ record: thrower }) }) },
      tracerProvider: { getTracer: () => ({ startSpan: thrower, startActiveSpan: thrower }) },
      loggerProvider: { getLogger: () => ({ emit: thrower, enabled: () => true }) },
      onError: (error) => {
        told.push(error);
        throw error;
      },
    });
    recorder.histogram("moq.relay.forward_time", { peer: "client" }).record(1);
    recorder.span("moq.connect").end();
    recorder.event("info", "moq.ready", {});
    expect(told).toHaveLength(2);
  });
});

test("the entry point needs the API packages alone: no SDK, no exporter", async () => {
  const { parts } = await bundle('export { otelRecorder } from "./otel/index.ts";');
  const packages = [...parts].filter((part) => part.startsWith("@"));
  expect(packages.sort()).toEqual(["@opentelemetry/api", "@opentelemetry/api-logs"]);
  expect([...parts].filter((part) => part.startsWith("node/") || part.startsWith("browser/"))).toEqual([]);
});
