import type { StoredSeries } from "../store/series.ts";
import type { Source } from "../store/source.ts";
import type { Store } from "../store/store.ts";
import { rowWidth } from "./point.ts";
import { type FleetMetric, labelsOf } from "./vocabulary.ts";

interface Merged {
  readonly series: StoredSeries;
  readonly row: Float64Array;
  isDirty: boolean;
}

/**
 * The audience's series: one writer, this process. Merging adds to a cell; `flush` hands the cells that moved to the store, with the
 * state of now.
 */
export class FleetSeries {
  readonly #store: Store;
  readonly #instance: string;
  #source: Source | undefined;
  readonly #cells: (Merged | undefined)[] = [];
  readonly #dirty: Merged[] = [];
  readonly #all: Merged[] = [];

  constructor(store: Store, instance: string) {
    this.#store = store;
    this.#instance = instance;
  }

  /** Fleet series that exist. */
  get size(): number {
    return this.#all.length;
  }

  /** Adds the numbers of `row` to a series. A series begins at zero in the moment before its first merge. */
  merge(slot: number, row: Float64Array): void {
    const cell = this.#cells[slot];
    if (cell === undefined) return;
    for (let column = 0; column < row.length; column++) cell.row[column] = (cell.row[column] ?? 0) + (row[column] ?? 0);
    if (cell.isDirty) return;
    cell.isDirty = true;
    this.#dirty.push(cell);
  }

  /** Makes the series of a slot; `false` where the store is full. */
  ensure(metric: FleetMetric, slot: number, nowMs: number): boolean {
    if (this.#cells[slot] !== undefined) return true;
    const { name, record, bounds } = metric;
    const shape = { name, type: record.instrument, unit: record.unit, attributes: labelsOf(metric, slot) };
    const source = this.report(nowMs);
    const series = this.#store.series(bounds === undefined ? shape : { ...shape, bounds }, source, nowMs);
    if (series === undefined) return false;
    series.markZero(nowMs - 1);
    const cell = { series, row: new Float64Array(rowWidth(metric)), isDirty: false };
    this.#cells[slot] = cell;
    this.#all.push(cell);
    return true;
  }

  /** Notes that a player reported. */
  report(nowMs: number): Source {
    const source = this.#store.report({ service: "moq-player", instance: this.#instance }, nowMs);
    // a pause of the audience must not end series that go on counting after it
    if (source !== this.#source) this.#store.keep(source);
    this.#source = source;
    return source;
  }

  /** Every series of the fleet with its newest numbers, which stay this object's. */
  cells(): Iterable<{ readonly series: StoredSeries; readonly row: Float64Array }> {
    return this.#all;
  }

  /** Writes what moved since the last call into the store. */
  flush(nowMs: number): void {
    for (const cell of this.#dirty) {
      cell.series.push(nowMs, cell.row);
      cell.isDirty = false;
    }
    this.#dirty.length = 0;
  }

  /** Writes every series into the store while players report: what did not move is known not to have moved. */
  sample(nowMs: number): void {
    this.flush(nowMs);
    if (this.#source?.isLive(nowMs) !== true) return;
    for (const { series, row } of this.#all) if (series.lastMs !== nowMs) series.push(nowMs, row);
  }
}
