import type { MetricRecord } from "@moqscope/telemetry";
import { type SeriesShape, type StoredSeries, seriesKey } from "../store/series.ts";
import type { Source } from "../store/source.ts";
import type { Store } from "../store/store.ts";
import { Exemplars } from "./exemplars.ts";
import type { SeriesSnapshot } from "./snapshot.ts";
import { type FleetMetric, type FleetService, labelsOf } from "./vocabulary.ts";

/** A metric whose label sets are at most this many has them all from the start, at 0: `increase()` of a series born at 1 is 0. */
export const zeroFirstSlots = 200;
/** What a series is made of. */
export interface CellShape extends SeriesShape {
  readonly service: FleetService;
  readonly hasExemplars: boolean;
}
/** One series of the fleet. Its numbers only ever grow, but for gauges. */
export interface FleetCell {
  readonly shape: CellShape;
  readonly series: StoredSeries;
  /** The value, or count, sum and buckets. */
  readonly row: Float64Array;
  readonly exemplars: Exemplars | undefined;
  isEnded: boolean;
  isDirty: boolean;
}
/**
 * The audience's series: one writer, this process. Adding moves a cell; `flush` hands the cells that moved to the store, with the state of
 * now.
 */
export class FleetSeries {
  readonly #store: Store;
  readonly #instance: string;
  readonly #sources = new Map<FleetService, Source>();
  /** By slot of the vocabulary. */
  readonly #slots: (FleetCell | undefined)[] = [];
  readonly #dirty: FleetCell[] = [];
  readonly #all = new Set<FleetCell>();
  /** Series of a snapshot that were not made again yet, by key. */
  readonly #resumable = new Map<string, SeriesSnapshot>();

  constructor(store: Store, instance: string) {
    this.#store = store;
    this.#instance = instance;
  }

  /** Fleet series that exist. */
  get size(): number {
    return this.#all.size;
  }

  /** The series of a slot, made when new; `undefined` where the store is full. */
  at(metric: FleetMetric, slot: number, nowMs: number): FleetCell | undefined {
    const known = this.#slots[slot];
    if (known !== undefined) return known;
    const made = this.make(shapeOf(metric, slot), nowMs);
    this.#slots[slot] = made;
    return made;
  }

  /** A new series beside those of the vocabulary; `undefined` where the store is full. */
  make(shape: CellShape, nowMs: number): FleetCell | undefined {
    const series = this.#store.series(shape, this.report(shape.service, nowMs), nowMs);
    if (series === undefined) return undefined;
    // one that ended before begins anew
    series.isEnded = false;
    if (shape.type === "counter" || shape.type === "histogram") series.markZero(nowMs - 1);
    const exemplars = shape.hasExemplars ? new Exemplars(shape.bounds) : undefined;
    const width = shape.bounds === undefined ? 1 : shape.bounds.length + 3;
    if (exemplars !== undefined) series.exemplars = exemplars.newest;
    const cell = { shape, series, row: new Float64Array(width), exemplars, isEnded: false, isDirty: false };
    this.#all.add(cell);
    const resumed = this.#resumable.get(series.key);
    if (resumed !== undefined) {
      cell.row.set(resumed.row);
      series.resume(resumed.startMs);
      series.push(nowMs, cell.row);
      this.#resumable.delete(series.key);
    }
    return cell;
  }

  /** Adds the numbers from `from` on to a series. */
  add(cell: FleetCell, numbers: Float64Array, from: number): void {
    const { row } = cell;
    for (let column = 0; column < row.length; column++) row[column] = (row[column] ?? 0) + (numbers[from + column] ?? 0);
    this.#touch(cell);
  }

  /** Sets a gauge. */
  set(cell: FleetCell, value: number): void {
    cell.row[0] = value;
    this.#touch(cell);
  }

  /** Ends a series; whoever holds it adds to it no more. */
  end(cell: FleetCell, nowMs: number): void {
    if (cell.isDirty) cell.series.push(nowMs, cell.row);
    cell.isEnded = true;
    cell.series.isEnded = true;
    this.#all.delete(cell);
  }

  /** Notes that somebody of a service reported. */
  report(service: FleetService, nowMs: number): Source {
    const source = this.#store.report({ service, instance: this.#instance }, nowMs);
    // a pause of the audience must not end series that go on counting after it
    if (source !== this.#sources.get(service)) {
      this.#store.keep(source);
      this.#sources.set(service, source);
    }
    return source;
  }

  /** Every series of the fleet with its newest numbers, which stay this object's. */
  cells(): Iterable<FleetCell> {
    return this.#all;
  }

  /** Every series, to be restored. */
  snapshot(): SeriesSnapshot[] {
    return [...this.#all].map(({ shape: { service, name, attributes }, series, row }) => {
      return { service, name, attributes, startMs: series.zeroMs, row: [...row] };
    });
  }

  /** From here on a series that is made goes on from its number in a snapshot: what it counted before is no growth of now. */
  resume(snapshots: readonly SeriesSnapshot[]): void {
    for (const each of snapshots) this.#resumable.set(seriesKey(each, { service: each.service, instance: this.#instance }), each);
  }

  /** Writes what moved since the last call into the store. */
  flush(nowMs: number): void {
    for (const cell of this.#dirty) {
      cell.isDirty = false;
      if (!cell.isEnded) cell.series.push(nowMs, cell.row);
    }
    this.#dirty.length = 0;
  }

  /** Writes every series into the store while somebody reports: what did not move is known not to have moved. */
  sample(nowMs: number): void {
    this.flush(nowMs);
    for (const { series, shape, row } of this.#all)
      if (series.lastMs !== nowMs && this.#sources.get(shape.service)?.isLive(nowMs) === true) series.push(nowMs, row);
  }

  #touch(cell: FleetCell): void {
    if (cell.isDirty) return;
    cell.isDirty = true;
    this.#dirty.push(cell);
  }
}

/** Whether every label set of a metric exists from the start of the process. */
export function isThereFromStart({ slots }: FleetMetric): boolean {
  return slots <= zeroFirstSlots;
}

function shapeOf(metric: FleetMetric, slot: number): CellShape {
  const { name, service, record } = metric;
  return cellShape({ name, service, record, bounds: metric.bounds }, labelsOf(metric, slot));
}

/** The series of a metric of the registry with these labels. */
export function cellShape(
  metric: {
    readonly name: string;
    readonly service: FleetService;
    readonly record: MetricRecord;
    readonly bounds: readonly number[] | undefined;
  },
  attributes: Readonly<Record<string, string>>,
): CellShape {
  const { name, service, record, bounds } = metric;
  const shape = { name, type: record.instrument, unit: record.unit, attributes, service, hasExemplars: record.exemplars === true };
  return bounds === undefined ? shape : { ...shape, bounds };
}
