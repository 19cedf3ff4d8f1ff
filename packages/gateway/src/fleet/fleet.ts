import type { Store } from "../store/store.ts";
import { Breakdown } from "./breakdown.ts";
import { FleetIngest, type IngestMeter } from "./fleet-ingest.ts";
import { FleetSeries } from "./fleet-series.ts";
import type { FleetLimits } from "./limits.ts";
import { type EvictionReason, SessionTable } from "./session-table.ts";
import { SessionViews } from "./session-view.ts";
import { type FleetSnapshot, layoutOf, type SeriesSnapshot } from "./snapshot.ts";
import { writeTimeout } from "./timeout.ts";
import { Viewers } from "./viewer.ts";
import { slotWith, Vocabulary } from "./vocabulary.ts";

/** What the gateway counts about its audience. */
export interface FleetMeter extends IngestMeter {
  evicted(reason: EvictionReason): void;
  /** Points that went into `other` because all places of the top broadcasts are taken. */
  overflow(count: number): void;
}
export interface FleetOptions {
  /** Id of this process: what reports must be meant for. */
  readonly gatewayId: string;
  readonly limits: FleetLimits;
  readonly vocabulary?: Vocabulary;
  readonly store: Store;
  /** service.instance.id of the fleet's series. */
  readonly instance: string;
  readonly meter: FleetMeter;
}

/** The audience of one gateway: its sessions, what they report, and the series that come of it. */
export class Fleet {
  readonly vocabulary: Vocabulary;
  readonly series: FleetSeries;
  readonly table: SessionTable;
  readonly views: SessionViews;
  readonly ingest: FleetIngest;
  readonly #gatewayId: string;
  readonly #viewers = new Viewers();
  readonly #breakdown: Breakdown;

  constructor({ gatewayId, limits, vocabulary = new Vocabulary(), store, instance, meter }: FleetOptions) {
    this.#gatewayId = gatewayId;
    this.vocabulary = vocabulary;
    this.series = new FleetSeries(store, instance);
    this.table = new SessionTable(limits, (row, reason, nowMs) => {
      meter.evicted(reason);
      if (reason === "idle") this.#timeOut(row, nowMs);
      this.#breakdown.broadcasts.release(this.table.columns.broadcast[row] as number);
    });
    this.views = new SessionViews({ table: this.table, vocabulary, limits });
    const { table, series } = this;
    const viewers = this.#viewers;
    this.#breakdown = new Breakdown({
      vocabulary,
      series,
      table,
      viewers,
      broadcasts: limits.broadcasts,
      overflow: (count) => meter.overflow(count),
    });
    this.ingest = new FleetIngest({ gatewayId, limits, vocabulary, viewers, table, series, breakdown: this.#breakdown, meter });
  }

  /** Drops whose time is over, and hands what moved to the store. */
  tick(nowMs: number): void {
    this.table.expire(nowMs);
    this.#breakdown.tick(nowMs);
    this.series.sample(nowMs);
  }

  /** All that this fleet knows, for the process after this one. */
  snapshot(nowMs: number): FleetSnapshot {
    return {
      layout: layoutOf(this.vocabulary),
      gatewayId: this.#gatewayId,
      savedMs: nowMs,
      viewers: this.#viewers.snapshot(),
      broadcasts: this.#breakdown.broadcasts.snapshot(),
      members: this.#breakdown.broadcasts.members(),
      sessions: this.table.snapshot(),
      series: this.series.snapshot(),
    };
  }

  /**
   * Goes on with what another process knew; this fleet is new and has its id. Answers `false`, and takes nothing, where the snapshot is of
   * another vocabulary or for another id.
   */
  restore(snapshot: FleetSnapshot, nowMs: number): boolean {
    if (snapshot.layout !== layoutOf(this.vocabulary) || snapshot.gatewayId !== this.#gatewayId) return false;
    this.series.resume(snapshot.series);
    for (const each of snapshot.series) this.#makeAgain(each, nowMs);
    this.#breakdown.restore(snapshot.members, snapshot.series, nowMs);
    const { columns } = snapshot.sessions;
    const viewers = this.#viewers.restore(snapshot.viewers);
    const viewer = (columns["viewer"] ?? []).map((number) => viewers[number] ?? 0);
    const pathOf = (number: number): string | undefined => snapshot.broadcasts[number] || undefined;
    const broadcast = (columns["broadcast"] ?? []).map((number) => this.#breakdown.broadcasts.hold(pathOf(number), nowMs));
    this.table.restore({ ...snapshot.sessions, columns: { ...columns, viewer, broadcast } }, nowMs);
    return true;
  }

  #makeAgain({ name, attributes }: SeriesSnapshot, nowMs: number): void {
    const metric = this.vocabulary.metric(name);
    const slot = metric === undefined ? undefined : slotWith(metric, attributes);
    if (metric !== undefined && slot !== undefined) this.series.at(metric, slot, nowMs);
  }

  #timeOut(row: number, nowMs: number): void {
    const viewer = this.#viewers.at(this.table.columns.viewer[row] ?? 0);
    writeTimeout(this.views.at(row), { vocabulary: this.vocabulary, series: this.series, viewer }, nowMs);
  }
}
