import { Broadcasts } from "./broadcasts.ts";
import type { Growth } from "./clamp.ts";
import { type Tap, tapped, tapsOf } from "./copies.ts";
import { Countries } from "./countries.ts";
import type { FleetSeries } from "./fleet-series.ts";
import type { SessionTable } from "./session-table.ts";
import type { SeriesSnapshot } from "./snapshot.ts";
import type { Viewer, Viewers } from "./viewer.ts";
import type { Place, Vocabulary } from "./vocabulary.ts";

export interface BreakdownParts {
  readonly vocabulary: Vocabulary;
  readonly series: FleetSeries;
  readonly table: SessionTable;
  readonly viewers: Viewers;
  /** Broadcasts with series of their own. */
  readonly broadcasts: number;
  /** Points that went into `other` because all places were taken. */
  overflow(count: number): void;
}

/** What players count, told once more by country and by broadcast; neither comes from a report. */
export class Breakdown {
  readonly broadcasts: Broadcasts;
  readonly #parts: BreakdownParts;
  readonly #countries: Countries;
  readonly #taps: readonly (Tap | undefined)[];

  constructor(parts: BreakdownParts) {
    this.#parts = parts;
    this.broadcasts = new Broadcasts(parts.series, parts.broadcasts);
    this.#countries = new Countries(parts.series);
    this.#taps = tapsOf(parts.vocabulary);
  }

  /** Copies the growth of a point. */
  add(place: Place, { numbers, from }: Growth, at: { readonly row: number; readonly viewer: Viewer; readonly nowMs: number }): void {
    const tap = this.#taps[place.id];
    if (tap === undefined) return;
    const value = tapped(tap, numbers, from);
    if (value === 0) return;
    const broadcast = this.#parts.table.columns.broadcast[at.row] as number;
    if (tap.isByCountry) this.#countries.of(at.viewer.country, at.nowMs).add(tap.measure, value);
    if (this.broadcasts.add(broadcast, tap.measure, value, at.nowMs)) this.#parts.overflow(1);
    if (place.metric.name === "moq.client.play_time") this.broadcasts.played(broadcast, value);
  }

  /** Counts the live sessions by country, and ranks the broadcasts where it is time. */
  tick(nowMs: number): void {
    this.#countries.sample(
      this.#liveBy((row) => this.#parts.viewers.at(this.#parts.table.columns.viewer[row] as number).country, nowMs),
      nowMs,
    );
    this.broadcasts.rank(nowMs, () => this.#liveBy((row) => this.#parts.table.columns.broadcast[row] as number, nowMs));
  }

  /** Makes again what had series before a restart. */
  restore(members: readonly (readonly [string, number])[], series: readonly SeriesSnapshot[], nowMs: number): void {
    const labels = series.map(({ attributes }) => attributes);
    for (const { country } of labels) if (country !== undefined) this.#countries.of(country, nowMs);
    const hasOther = labels.some(({ broadcast }) => broadcast === "other");
    this.broadcasts.restore(members, hasOther, nowMs);
  }

  #liveBy<K>(keyOf: (row: number) => K, nowMs: number): Map<K, number> {
    const { table } = this.#parts;
    const counts = new Map<K, number>();
    for (const row of table.rows()) {
      if (!table.isLive(row, nowMs) || table.columns.service[row] !== 0) continue;
      const key = keyOf(row);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }
}
