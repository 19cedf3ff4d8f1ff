import type { Counter, Histogram, Lease, ValueOf } from "@moqscope/telemetry";
import { gatewayMetrics, MetricStore, processMetrics, sets } from "@moqscope/telemetry";
import type { RejectReason } from "../error.ts";
import type { ExportState } from "../export/exporter.ts";
import type { ExportMeter } from "../export/lane.ts";
import type { FleetMeter } from "../fleet/fleet.ts";
import type { EvictionReason } from "../fleet/session-table.ts";
import type { BodyFormat } from "../ingest/face.ts";
import type { Signal } from "../otlp/answer.ts";
import type { StoredSeries } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import type { Eviction as StoreEviction } from "../tsdb/history-store.ts";
import type { OwnEvents } from "./events.ts";

type PointResult = Parameters<FleetMeter["points"]>[0];
interface SignalCells {
  ingestTime?: Histogram;
  requestSize?: Histogram;
  reports?: { [F in BodyFormat]?: Counter };
}

/** What the gateway measures of itself (metrics catalogue, sections 5.4 and 5.5), read into its own store like any other source. */
export class OwnMetrics implements FleetMeter, ExportMeter {
  readonly #metrics: MetricStore;
  /** Cells that every report writes: looking each up would cost more than writing it. */
  readonly #ofSignal: Readonly<Record<Signal, SignalCells>> = { metrics: {}, traces: {}, logs: {} };
  readonly #points: { [R in PointResult]?: Counter } = {};
  readonly #skew: { ahead?: Histogram; behind?: Histogram } = {};
  readonly #duplicates: Counter;
  readonly #gaps: Counter;

  readonly #events: OwnEvents;
  /** Series that the newest collection had. */
  #told = new Set<StoredSeries>();

  constructor(now: () => number, events: OwnEvents) {
    this.#events = events;
    this.#metrics = new MetricStore({ ...gatewayMetrics, ...processMetrics }, { now });
    this.#duplicates = this.#metrics.counter("moq.gateway.duplicates", {});
    this.#gaps = this.#metrics.counter("moq.gateway.sequence_gaps", {});
    for (const zero of [this.#duplicates, this.#gaps]) zero.add(0);
  }

  /** The cells themselves, for what samples the process. */
  get cells(): MetricStore {
    return this.#metrics;
  }

  accepted(signal: Signal, format: BodyFormat): void {
    const cells = (this.#ofSignal[signal].reports ??= {});
    (cells[format] ??= this.#metrics.counter("moq.gateway.reports", { signal, format })).add();
  }

  refused(signal: Signal, reason: RejectReason, count = 1): void {
    this.#metrics.counter("moq.gateway.rejected", { signal, reason }).add(count);
    this.#events.tellSometimes(`rejected ${signal} ${reason}`, (suppressed) =>
      this.#events.tell("warn", "moq.gateway.rejected", { signal, reason, suppressed }),
    );
  }

  /** A token was looked at: a MoQ JWT at `/v1/token`, or the telemetry token of a request. */
  token(result: ValueOf<typeof sets.tokenResult>): void {
    this.#metrics.counter("moq.gateway.tokens", { result }).add();
  }

  rejected(reason: RejectReason, count: number): void {
    this.refused("metrics", reason, count);
  }

  resync(reason: Parameters<FleetMeter["resync"]>[0]): void {
    this.#metrics.counter("moq.gateway.resyncs", { reason }).add();
    this.#events.tellSometimes(`resync ${reason}`, () => this.#events.tell("debug", "moq.gateway.resync", { reason }));
  }

  duplicate(): void {
    this.#duplicates.add();
  }

  gap(missing: number): void {
    this.#gaps.add(missing);
  }

  points(result: PointResult, count: number): void {
    if (count > 0) (this.#points[result] ??= this.#metrics.counter("moq.gateway.points", { result })).add(count);
  }

  clamped(rule: Parameters<FleetMeter["clamped"]>[0]): void {
    this.#metrics.counter("moq.gateway.clamped", { rule }).add();
  }

  skew(aheadMs: number): void {
    const sign = aheadMs > 0 ? "ahead" : "behind";
    (this.#skew[sign] ??= this.#metrics.histogram("moq.gateway.clock_skew", { sign })).record(Math.abs(aheadMs) / 1000);
  }

  overflow(count: number): void {
    this.#metrics.counter("moq.gateway.overflow", {}).add(count);
  }

  evicted(reason: EvictionReason): void {
    this.#metrics.counter("moq.gateway.evictions", { reason }).add();
    if (reason !== "lru") return;
    // the table is smaller than the audience: its figures still hold, at the price of a resync for every report
    this.#events.tellSometimes("evicted", (suppressed) =>
      this.#events.tell("warn", "moq.gateway.evicted", { reason, count: suppressed + 1 }),
    );
  }

  ruleEvaluated(result: ValueOf<typeof sets.ruleResult>): void {
    this.#metrics.counter("moq.gateway.rule_evaluations", { result }).add();
  }

  notified(result: ValueOf<typeof sets.notificationResult>, count: number): void {
    this.#metrics.counter("moq.gateway.notifications", { result }).add(count);
  }

  storeSaved(result: ValueOf<typeof sets.saveResult>): void {
    this.#metrics.counter("moq.gateway.store.saves", { result }).add();
  }

  storeEvicted(reason: StoreEviction, count: number): void {
    this.#metrics.counter("moq.gateway.store.evictions", { reason }).add(count);
  }

  exported(signal: Signal, result: ValueOf<typeof sets.exportResult>, count = 1): void {
    this.#metrics.counter("moq.gateway.exports", { signal, result }).add(count);
  }

  exportTime(signal: Signal, seconds: number): void {
    this.#metrics.histogram("moq.gateway.export_time", { signal }).record(seconds);
  }

  exportProblem(signal: Signal, message: string): void {
    this.#events.tellSometimes(`export ${signal}`, (suppressed) =>
      this.#events.tell("warn", "moq.export.failed", { signal, message, suppressed }),
    );
  }

  exemplars(count: number): void {
    this.#metrics.counter("moq.gateway.exemplars", {}).add(count);
  }

  ingestTime(signal: Signal): Histogram {
    return (this.#ofSignal[signal].ingestTime ??= this.#metrics.histogram("moq.gateway.ingest_time", { signal }));
  }

  requestSize(signal: Signal): Histogram {
    return (this.#ofSignal[signal].requestSize ??= this.#metrics.histogram("moq.gateway.request_size", { signal }));
  }

  /** Samples size and memory of the history. */
  sampleHistory(read: () => { readonly size: number; readonly bytes: number }): void {
    const series = this.#metrics.upDownCounter("moq.gateway.store.series", {}).acquire(0);
    const memory = this.#metrics.upDownCounter("moq.gateway.store.memory", {}).acquire(0);
    this.#metrics.onCollect(() => {
      const { size, bytes } = read();
      series.set(size);
      memory.set(bytes);
    });
  }

  recordsDropped(signal: "traces" | "logs", count: number): void {
    this.#metrics.counter("moq.gateway.store.records_dropped", { signal }).add(count);
  }

  listenerDropped(): void {
    this.#metrics.counter("moq.gateway.stream.dropped", {}).add();
  }

  /** Samples how many spans and log records are held, and how many consoles listen. */
  sampleConsole(read: () => { readonly spans: number; readonly logs: number; readonly listeners: number }): void {
    const spans = this.#metrics.upDownCounter("moq.gateway.store.records", { signal: "traces" }).acquire(0);
    const logs = this.#metrics.upDownCounter("moq.gateway.store.records", { signal: "logs" }).acquire(0);
    const listeners = this.#metrics.upDownCounter("moq.gateway.stream.listeners", {}).acquire(0);
    this.#metrics.onCollect(() => {
      const now = read();
      spans.set(now.spans);
      logs.set(now.logs);
      listeners.set(now.listeners);
    });
  }

  /** Samples how far behind the exports are. */
  sampleExports(read: () => readonly ExportState[]): void {
    const leases = new Map<Signal, Lease>();
    this.#metrics.onCollect(() => {
      for (const { signal, waiting, ageSeconds } of read()) {
        let lease = leases.get(signal);
        if (lease === undefined)
          leases.set(signal, (lease = this.#metrics.upDownCounter("moq.gateway.export_queue", { signal }).acquire(0)));
        lease.set(waiting);
        this.#metrics.gauge("moq.gateway.last_export_age", { signal }).set(ageSeconds);
      }
    });
  }

  /** Samples what is only worth knowing when the metrics are read. */
  sample(read: () => { readonly series: number; readonly table: number; readonly live: ReadonlyMap<string, number> }): void {
    const series = this.#metrics.upDownCounter("moq.gateway.series", {}).acquire(0);
    const table = this.#metrics.upDownCounter("moq.gateway.session_table", {}).acquire(0);
    const states = sets.sessionState.values.map((state) => ({
      state,
      lease: this.#metrics.upDownCounter("moq.gateway.active_sessions", { state }).acquire(0),
    }));
    this.#metrics.onCollect(() => {
      const now = read();
      series.set(now.series);
      table.set(now.table);
      for (const { state, lease } of states) lease.set(now.live.get(state) ?? 0);
    });
  }

  /** Writes the newest state of every own series into the store; one that is no longer there has ended. */
  collectInto(store: Store, instance: string, nowMs: number): void {
    const source = store.report({ service: "moq-gateway", instance }, nowMs);
    store.keep(source);
    const before = this.#told;
    this.#told = new Set();
    for (const snapshot of this.#metrics.collect()) {
      const { name, record } = snapshot;
      for (const point of snapshot.points) {
        const base = { name, type: record.instrument, unit: record.unit, attributes: point.attributes };
        const shape = snapshot.kind === "histogram" ? { ...base, bounds: snapshot.bounds } : base;
        const series = store.series(shape, source, nowMs);
        if (series === undefined) continue;
        const isGrowing = record.instrument === "counter" || record.instrument === "histogram";
        if (!series.hasValue && isGrowing) series.markZero(Math.min(point.startMs, nowMs - 1));
        series.push(nowMs, "value" in point ? [point.value] : [point.count, point.sum, ...point.buckets]);
        this.#told.add(series);
        before.delete(series);
      }
    }
    for (const gone of before) gone.isEnded = true;
  }
}
