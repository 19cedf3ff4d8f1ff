import { getHeapStatistics } from "node:v8";
import { describe, expect, test } from "vitest";
import { metrics } from "../registry/metrics.ts";
import * as sets from "../registry/sets.ts";
import { memoryRecorder } from "../testing/memory-recorder.ts";
import { MetricStore } from "./metric-store.ts";
import type { MetricSnapshot } from "./snapshot.ts";
import { startAtZero } from "./zero-series.ts";

function find(store: MetricStore, name: string): MetricSnapshot | undefined {
  return store.collect().find((snapshot) => snapshot.name === name);
}
function values(store: MetricStore, name: string): Record<string, number> {
  const metric = find(store, name);
  return metric?.kind === "number"
    ? Object.fromEntries(metric.points.map((point) => [Object.values(point.attributes).join(), point.value]))
    : {};
}

/** Bytes of heap that an operation takes once it is compiled. */
function allocatedBy(operation: (at: number) => void): number {
  const allocated = (): number => (getHeapStatistics() as unknown as { readonly total_allocated_bytes: number }).total_allocated_bytes;
  const times = 300_000;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) {
    const before = allocated();
    for (let at = 0; at < times; at++) operation(at);
    least = Math.min(least, (allocated() - before) / times);
  }
  return least;
}

describe("MetricStore", () => {
  test("an addition and a record write their cell and allocate nothing", () => {
    const store = new MetricStore(metrics);
    const counters = sets.transport.values.map((transport) => store.counter("moq.client.frames_received", { media: "video", transport }));
    const histogram = store.histogram("moq.relay.forward_time", { peer: "client" });
    const gauge = store.gauge("moq.relay.certificate_expiry", {});
    expect(allocatedBy((at) => counters[at & 3]?.add(at & 1023))).toBeLessThan(1);
    expect(allocatedBy((at) => histogram.record((at & 255) / 256))).toBeLessThan(1);
    expect(allocatedBy((at) => gauge.set(at & 255))).toBeLessThan(1);
    expect(allocatedBy((at) => store.counter("moq.relay.cache_hits", {}).add(at))).toBeGreaterThan(16);
  });

  test("a cell that nobody wrote is absent, one that got 0 is there", () => {
    const store = new MetricStore(metrics);
    const hits = store.counter("moq.relay.cache_hits", {});
    expect(store.collect()).toEqual([]);
    hits.add(0);
    expect(values(store, "moq.relay.cache_hits")).toEqual({ "": 0 });
  });

  test("NaN, infinite and negative values leave a sum and a distribution as they were", () => {
    const store = new MetricStore(metrics);
    const counter = store.counter("moq.relay.cache_hits", {});
    const histogram = store.histogram("moq.relay.forward_time", { peer: "client" });
    counter.add(2);
    histogram.record(0.2);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1, Number.NEGATIVE_INFINITY]) {
      counter.add(wrong);
      histogram.record(wrong);
    }
    expect(values(store, "moq.relay.cache_hits")).toEqual({ "": 2 });
    expect(find(store, "moq.relay.forward_time")).toMatchObject({ points: [{ count: 1, sum: 0.2 }] });
  });

  test("the same attributes are the same cell", () => {
    const store = new MetricStore(metrics);
    const attributes = { transport: "websocket", peer: "client" } as const;
    store.counter("moq.relay.bytes_sent", attributes).add(1);
    store.counter("moq.relay.bytes_sent", { peer: "client", transport: "websocket" }).add(2);
    expect(values(store, "moq.relay.bytes_sent")).toEqual({ "websocket,client": 3 });
    expect(store.counter("moq.relay.bytes_sent", attributes)).toBe(store.counter("moq.relay.bytes_sent", attributes));
  });

  test("many series share slabs and keep their own values", () => {
    const store = new MetricStore(metrics);
    for (let i = 0; i < 90; i++) store.counter("moq.relay.broadcast.bytes_sent", { broadcast: `room/${i}` }).add(i + 0.5);
    for (let i = 0; i < 90; i++) store.upDownCounter("moq.relay.broadcast.subscribers", { broadcast: `room/${i}` }).acquire(i);
    for (let i = 0; i < 90; i++) store.counter("moq.relay.broadcast.bytes_received", { broadcast: `room/${i}` }).add(1000 + i);
    expect(values(store, "moq.relay.broadcast.bytes_sent")["room/77"]).toBe(77.5);
    expect(values(store, "moq.relay.broadcast.subscribers")["room/78"]).toBe(78);
    expect(values(store, "moq.relay.broadcast.bytes_received")["room/89"]).toBe(1089);
  });

  test("leases come back to zero, however often they are released or set", () => {
    const store = new MetricStore(metrics);
    const active = store.upDownCounter("moq.relay.active_connections", { transport: "websocket", peer: "client" });
    const first = active.acquire();
    const second = active.acquire(5);
    second.set(7);
    second.set(Number.NaN);
    expect(values(store, "moq.relay.active_connections")).toEqual({ "websocket,client": 8 });
    first.release();
    first.release();
    first.set(100);
    second.release();
    expect(values(store, "moq.relay.active_connections")).toEqual({ "websocket,client": 0 });
  });

  test("a gauge without a value is absent, and may be negative", () => {
    const store = new MetricStore(metrics);
    const expiry = store.gauge("moq.relay.certificate_expiry", {});
    expiry.set(-5);
    expect(values(store, "moq.relay.certificate_expiry")).toEqual({ "": -5 });
    expiry.set(undefined);
    expect(find(store, "moq.relay.certificate_expiry")).toBeUndefined();
  });

  test("bounds are inclusive upper bounds, and what is above the last falls into the implied bucket", () => {
    const store = new MetricStore(metrics);
    const startup = store.histogram("moq.client.startup_time", { transport: "websocket" });
    for (const value of [0, 0.1, 0.100_001, 40, 41]) startup.record(value);
    const metric = find(store, "moq.client.startup_time");
    const point = metric?.kind === "histogram" ? metric.points[0] : undefined;
    expect(point?.buckets).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(point?.count).toBe(5);
  });

  test("startup times of 0.2 s have a p95 below 0.35 s, as default buckets would not give", () => {
    const store = new MetricStore(metrics);
    const histogram = store.histogram("moq.client.startup_time", { transport: "websocket" });
    for (let i = 0; i < 100; i++) histogram.record(0.2);
    const metric = find(store, "moq.client.startup_time");
    if (metric?.kind !== "histogram") throw new Error("no histogram");
    let seen = 0;
    const bucket = metric.points[0]?.buckets.findIndex((count) => (seen += count) >= 95) ?? -1;
    expect(metric.bounds[bucket]).toBeLessThan(0.35);
  });

  test("a value outside a closed set becomes its last one", () => {
    const store = new MetricStore(metrics);
    store.counter("moq.relay.announcements", { event: "nonsense" as "active" }).add(1);
    expect(values(store, "moq.relay.announcements")).toEqual({ restarted: 1 });
  });

  test("an attribute that only the gateway sets is not recorded", () => {
    const store = new MetricStore(metrics);
    const attributes = { transport: "websocket", region: "europe" } as { transport: "websocket" };
    store.counter("moq.client.play_time", attributes).add(1);
    expect(find(store, "moq.client.play_time")?.points[0]?.attributes).toEqual({ transport: "websocket" });
  });

  test("one metric of a value can be retired alone, and begins anew", () => {
    const store = new MetricStore(metrics);
    const gauge = store.upDownCounter("moq.relay.broadcast.subscribers", { broadcast: "a" });
    const held = gauge.acquire(3);
    store.counter("moq.relay.broadcast.bytes_sent", { broadcast: "a" }).add(7);
    store.retire("broadcast", "a", "moq.relay.broadcast.subscribers");
    held.release();
    expect(values(store, "moq.relay.broadcast.subscribers")).toEqual({});
    expect(values(store, "moq.relay.broadcast.bytes_sent")).toEqual({ a: 7 });
    store.upDownCounter("moq.relay.broadcast.subscribers", { broadcast: "a" }).acquire();
    expect(values(store, "moq.relay.broadcast.subscribers")).toEqual({ a: 1 });
  });
  test("open values beyond the bound, too long or empty fall into other; a retired one frees its place", () => {
    const store = new MetricStore(metrics);
    const add = (broadcast: string): void => store.counter("moq.relay.broadcast.bytes_sent", { broadcast }).add(1);
    for (let i = 0; i < 1000; i++) add(`room/${i}`);
    add("ü".repeat(33));
    add("");
    let seen = values(store, "moq.relay.broadcast.bytes_sent");
    expect(Object.keys(seen)).toHaveLength(101);
    expect(seen["other"]).toBe(902);
    store.retire("broadcast", "room/3");
    add("late");
    seen = values(store, "moq.relay.broadcast.bytes_sent");
    expect(seen["late"]).toBe(1);
    expect(seen["room/3"]).toBeUndefined();
    expect(Object.keys(seen)).toHaveLength(101);
  });

  test("a metric outside the table is recorded nowhere and throws nothing", () => {
    const store = new MetricStore({});
    store.counter("moq.relay.cache_hits", {}).add(1);
    new MetricStore(metrics).counter("toString" as "moq.relay.cache_hits", {}).add(1);
    expect(store.collect()).toEqual([]);
  });

  test("samples run before the reading until stopped; one that throws stops no other", () => {
    const errors: unknown[] = [];
    const store = new MetricStore(metrics, { onError: (error) => errors.push(error) });
    const hits = store.counter("moq.relay.cache_hits", {});
    store.onCollect(() => {
      throw new Error("sample");
    });
    const stop = store.onCollect(() => hits.add(1));
    expect(values(store, "moq.relay.cache_hits")).toEqual({ "": 1 });
    stop();
    stop();
    expect(values(store, "moq.relay.cache_hits")).toEqual({ "": 1 });
    expect(errors).toHaveLength(2);
  });

  test("startAtZero creates each series of closed counters and nothing for open ones", () => {
    const recorder = memoryRecorder();
    startAtZero(recorder, "moq.relay.sessions_closed", "moq.relay.broadcast.bytes_sent");
    expect(Object.values(values(recorder.store, "moq.relay.sessions_closed"))).toEqual(Array.from({ length: 36 }, () => 0));
    expect(recorder.value("moq.relay.broadcast.bytes_sent")).toBeUndefined();
  });
});

describe("memoryRecorder", () => {
  test("sums over what matches, and tells nothing recorded from zero", () => {
    const recorder = memoryRecorder();
    expect(recorder.value("moq.relay.bytes_sent")).toBeUndefined();
    recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client" }).add(3);
    recorder.counter("moq.relay.bytes_sent", { transport: "webtransport", peer: "client" }).add(4);
    expect(recorder.value("moq.relay.bytes_sent", { peer: "client" })).toBe(7);
    expect(recorder.value("moq.relay.bytes_sent", { transport: "websocket" })).toBe(3);
    expect(recorder.value("moq.relay.bytes_sent", { peer: "relay" })).toBeUndefined();
    recorder.histogram("moq.relay.rtt", { transport: "websocket", source: "ping" }).record(0.25);
    expect(recorder.histogramOf("moq.relay.rtt")).toEqual({ count: 1, sum: 0.25 });
  });

  test("keeps spans and events with their contexts", () => {
    const recorder = memoryRecorder();
    const root = recorder.span("moq.session.start", { startMs: 1 });
    const child = recorder.span("moq.connect", { parent: root.context });
    child.end({ error: "timeout", endMs: 5, attributes: { "moq.result": "timeout" } });
    child.end({ endMs: 9 });
    recorder.event("warn", "moq.error", { "error.type": "timeout" }, child.context);
    expect(recorder.spans).toMatchObject([
      { name: "moq.session.start", kind: "internal", endMs: undefined },
      { name: "moq.connect", kind: "client", parent: root.context, endMs: 5, error: "timeout", attributes: { "moq.result": "timeout" } },
    ]);
    expect(recorder.events).toMatchObject([{ level: "warn", name: "moq.error", context: child.context }]);
  });
});
