import { type FleetSeries, isThereFromStart } from "../fleet/fleet-series.ts";
import { labelsOf, type Vocabulary } from "../fleet/vocabulary.ts";
import type { SeriesShape, StoredSeries } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import type { History } from "./history.ts";
import type { HistoryStore } from "./history-store.ts";
import { labelSets, rowValues } from "./names.ts";

/** What never moved is told this often. */
const zeroEveryMs = 10_000;

/** The histories of a series, and what was written into them last. */
interface Writer {
  readonly targets: readonly (History | undefined)[];
  lastMs: number;
  zeroMs: number;
}

/**
 * Carries what the gateway knows into the history, under Prometheus' names. What a process sent is a sample when it arrived, and no more
 * than that; when its process falls silent its series end. What this process counts itself, its own and the fleet's, is a sample each tick.
 */
export class HistoryFeed {
  readonly #store: Store;
  readonly #fleet: FleetSeries;
  readonly #history: HistoryStore;
  readonly #zeros: (History | undefined)[] = [];
  #zeroedMs = Number.NEGATIVE_INFINITY;
  #writers = new WeakMap<StoredSeries, Writer>();

  constructor(parts: {
    readonly store: Store;
    readonly fleet: FleetSeries;
    readonly history: HistoryStore;
    readonly vocabulary: Vocabulary;
    readonly instance: string;
  }) {
    this.#store = parts.store;
    this.#fleet = parts.fleet;
    this.#history = parts.history;
    for (const shape of zeroShapes(parts.vocabulary)) {
      for (const labels of labelSets(shape, { service: "moq-player", instance: parts.instance, cloudRegion: undefined }))
        this.#zeros.push(parts.history.open(labels));
    }
  }

  /** Writes what is new since the last tick. */
  tick(nowMs: number): void {
    const isMerged = new Set<StoredSeries>();
    for (const { series, row } of this.#fleet.cells()) {
      isMerged.add(series);
      this.#write(series, row, nowMs);
    }
    // after the fleet's own: a series that moved has its value, the others zero
    if (nowMs - this.#zeroedMs >= zeroEveryMs) {
      this.#zeroedMs = nowMs;
      for (const zero of this.#zeros) if (zero !== undefined && zero.fine.lastSlot < Math.floor(nowMs / 1000)) zero.write(nowMs, 0);
    }
    for (const series of this.#store.all()) {
      if (isMerged.has(series)) continue;
      if (series.isEnded || !series.source.isLive(nowMs)) this.#end(series, nowMs);
      else if (series.lastMs > (this.#writers.get(series)?.lastMs ?? -1)) this.#write(series, series.row, series.lastMs);
    }
  }

  #write(series: StoredSeries, row: ArrayLike<number>, atMs: number): void {
    if (!series.hasValue) return;
    const writer = this.#writer(series);
    const isBegun = !Number.isNaN(series.zeroMs) && series.zeroMs !== writer.zeroMs;
    // a second holds one sample: the zero of a series stands before that of its first value
    const zeroMs = Math.min(series.zeroMs, (Math.floor(atMs / 1000) - 1) * 1000);
    const values = rowValues(row);
    for (const [index, target] of writer.targets.entries()) {
      if (isBegun) target?.begin(zeroMs);
      target?.write(atMs, values[index] ?? 0);
    }
    writer.zeroMs = series.zeroMs;
    writer.lastMs = atMs;
  }

  #end(series: StoredSeries, nowMs: number): void {
    for (const target of this.#writers.get(series)?.targets ?? []) target?.end(nowMs);
  }

  #writer(series: StoredSeries): Writer {
    let writer = this.#writers.get(series);
    if (writer === undefined) {
      const targets = labelSets(series.shape, series.source).map((labels) => this.#history.open(labels));
      this.#writers.set(series, (writer = { targets, lastMs: -1, zeroMs: Number.NaN }));
      series.past = targets;
    }
    return writer;
  }
}

/** Counters of the fleet that could move, in every label set. */
function* zeroShapes(vocabulary: Vocabulary): Generator<SeriesShape> {
  for (const metric of vocabulary.metrics()) {
    const { name, record } = metric;
    if (metric.service !== "moq-player" || record.instrument !== "counter" || !isThereFromStart(metric)) continue;
    for (let slot = metric.firstSlot; slot < metric.firstSlot + metric.slots; slot++)
      yield { name, type: "counter", unit: record.unit, attributes: labelsOf(metric, slot) };
  }
}
