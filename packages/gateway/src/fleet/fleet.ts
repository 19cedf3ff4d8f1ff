import type { Store } from "../store/store.ts";
import { FleetIngest, type IngestMeter } from "./fleet-ingest.ts";
import { FleetSeries } from "./fleet-series.ts";
import type { FleetLimits } from "./limits.ts";
import { type EvictionReason, SessionTable } from "./session-table.ts";
import { SessionViews } from "./session-view.ts";
import { writeTimeout } from "./timeout.ts";
import { Viewers } from "./viewer.ts";
import { Vocabulary } from "./vocabulary.ts";

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
  readonly #viewers = new Viewers();

  constructor({ gatewayId, limits, vocabulary = new Vocabulary(), store, instance, meter }: FleetOptions) {
    this.vocabulary = vocabulary;
    this.series = new FleetSeries(store, instance);
    this.table = new SessionTable(limits, (row, reason, nowMs) => {
      meter.evicted(reason);
      if (reason === "idle") this.#timeOut(row, nowMs);
    });
    this.views = new SessionViews({ table: this.table, vocabulary, limits });
    const { table, series } = this;
    this.ingest = new FleetIngest({ gatewayId, limits, vocabulary, viewers: this.#viewers, table, series, meter });
  }

  /** Drops whose time is over, and hands what moved to the store. */
  tick(nowMs: number): void {
    this.table.expire(nowMs);
    this.series.sample(nowMs);
  }

  #timeOut(row: number, nowMs: number): void {
    const viewer = this.#viewers.at(this.table.columns.viewer[row] ?? 0);
    writeTimeout(this.views.at(row), { vocabulary: this.vocabulary, series: this.series, viewer }, nowMs);
  }
}
