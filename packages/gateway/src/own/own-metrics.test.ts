import { gatewayMetrics, silentRecorder } from "@moqscope/telemetry";
import { expect, test } from "vitest";
import { LogStore } from "../store/log-store.ts";
import { Records } from "../store/records.ts";
import { Store } from "../store/store.ts";
import { TraceStore } from "../store/trace-store.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { OwnEvents } from "./events.ts";
import { OwnMetrics } from "./own-metrics.ts";

class Rig {
  readonly clock = new FakeClock();
  readonly store = new Store({ seriesLimit: 1_000, intervalMs: 10_000 });
  readonly records = new Records(new TraceStore(), new LogStore());
  readonly metrics: OwnMetrics;

  constructor() {
    const identity = { service: "moq-gateway", instance: "g" };
    const events = new OwnEvents(silentRecorder, { records: this.records, clock: this.clock, identity });
    this.metrics = new OwnMetrics(() => this.clock.now(), events);
  }

  /** Every own figure by name and labels: the value, or the number of observations and their sum. */
  figures(): Record<string, number | readonly number[]> {
    this.metrics.collectInto(this.store, "g", this.clock.now());
    const found: Record<string, number | readonly number[]> = {};
    for (const { shape, row, isEnded } of this.store.all()) {
      if (isEnded) continue;
      const labels = Object.values(shape.attributes).join(" ");
      found[`${shape.name.slice("moq.gateway.".length)} ${labels}`.trim()] =
        shape.bounds === undefined ? (row[0] ?? 0) : [row[0] ?? 0, row[1] ?? 0];
    }
    return found;
  }
}

test("every metric of the catalogue has somebody who records it, and says what was told", () => {
  const rig = new Rig();
  const { metrics } = rig;
  metrics.accepted("metrics", "otlp_json");
  metrics.rejected("negative", 3);
  metrics.points("merged", 5);
  metrics.clamped("frame_rate");
  metrics.evicted("lru");
  metrics.resync("moved");
  metrics.gap(4);
  metrics.duplicate();
  metrics.ingestTime("metrics").record(0.25);
  metrics.requestSize("logs").record(1000);
  metrics.skew(2_500);
  metrics.skew(-500);
  metrics.overflow(2);
  metrics.token("ok");
  metrics.exemplars(6);
  metrics.exported("traces", "dropped", 7);
  metrics.exportTime("logs", 0.5);
  metrics.sampleExports(() => [{ signal: "traces", waiting: 8, ageSeconds: 9 }]);
  metrics.sample(() => ({ series: 10, table: 11, live: new Map([["playing", 12]]) }));
  metrics.sampleHistory(() => ({ size: 13, bytes: 14 }));
  metrics.sampleConsole(() => ({ spans: 15, logs: 16, listeners: 17 }));
  metrics.recordsDropped("logs", 18);
  metrics.listenerDropped();
  metrics.storeEvicted("age", 19);
  metrics.storeSaved("failed");
  metrics.ruleEvaluated("ok");
  metrics.notified("retry", 20);

  const figures = rig.figures();
  const recorded = new Set([...rig.store.all()].map(({ shape }) => shape.name));
  expect(Object.keys(gatewayMetrics).filter((name) => !recorded.has(name))).toEqual([]);
  expect(figures).toMatchObject({
    "reports metrics otlp_json": 1,
    "rejected metrics negative": 3,
    "points merged": 5,
    "clamped frame_rate": 1,
    "evictions lru": 1,
    "resyncs moved": 1,
    sequence_gaps: 4,
    duplicates: 1,
    "ingest_time metrics": [1, 0.25],
    "request_size logs": [1, 1000],
    "clock_skew ahead": [1, 2.5],
    "clock_skew behind": [1, 0.5],
    overflow: 2,
    "tokens ok": 1,
    exemplars: 6,
    "exports traces dropped": 7,
    "export_time logs": [1, 0.5],
    "export_queue traces": 8,
    "last_export_age traces": 9,
    series: 10,
    session_table: 11,
    "active_sessions playing": 12,
    "active_sessions paused": 0,
    "store.series": 13,
    "store.memory": 14,
    "store.records traces": 15,
    "store.records logs": 16,
    "stream.listeners": 17,
    "store.records_dropped logs": 18,
    "stream.dropped": 1,
    "store.evictions age": 19,
    "store.saves failed": 1,
    "rule_evaluations ok": 1,
    "notifications retry": 20,
  });
});

test("a figure that nobody tells any more has ended", () => {
  const rig = new Rig();
  let ageSeconds: number | undefined = 3;
  const { cells } = rig.metrics;
  cells.onCollect(() => cells.gauge("moq.gateway.last_export_age", { signal: "logs" }).set(ageSeconds));
  expect(rig.figures()["last_export_age logs"]).toBe(3);
  ageSeconds = undefined;
  rig.clock.advance(1000);
  expect(rig.figures()["last_export_age logs"]).toBeUndefined();
  ageSeconds = 5;
  expect(rig.figures()["last_export_age logs"]).toBe(5);
});

test("a refusal is told once in ten seconds, with how often it was besides", () => {
  const rig = new Rig();
  const lines = (): string[] =>
    rig.records.logs.page({ limit: 100, matches: () => true }).items.map(({ attributes }) => attributes["suppressed"] ?? "");
  for (let n = 0; n < 50; n++) rig.metrics.refused("metrics", "malformed");
  expect(lines()).toEqual(["0"]);
  rig.clock.advance(10_000);
  rig.metrics.refused("metrics", "malformed");
  expect(lines()).toEqual(["49", "0"]);
});
