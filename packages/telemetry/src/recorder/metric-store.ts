import type { AttributeSets } from "../registry/attribute-set.ts";
import { buckets } from "../registry/buckets.ts";
import type { MetricRecord, MetricTable } from "../registry/metric-record.ts";
import type { AttributesOf, CounterName, GaugeName, HistogramName, MetricName, OpenKey, UpDownCounterName } from "../registry/types.ts";
import { CounterCell, GaugeCell, HistogramCell, Slabs, UpDownCell } from "./cells.ts";
import type { Counter, Gauge, Histogram, Recorder, UpDownCounter } from "./recorder.ts";
import { SeriesSet } from "./series-set.ts";
import { silentRecorder } from "./silent.ts";
import type { HistogramPoint, MetricSnapshot, NumberPoint } from "./snapshot.ts";

/** The metric half of a recorder. */
export type MetricRecorder = Pick<Recorder, "counter" | "upDownCounter" | "histogram" | "gauge" | "onCollect" | "retire">;

export interface MetricStoreOptions {
  /** Epoch milliseconds; default the wall clock. */
  readonly now?: () => number;
  /** Told what a sample of `onCollect` threw; default nobody. */
  readonly onError?: (error: unknown) => void;
}

type Cells = {
  readonly counter: CounterCell;
  readonly updowncounter: UpDownCell;
  readonly gauge: GaugeCell;
  readonly histogram: HistogramCell;
};
type Instrument = keyof Cells;
type AnySeries = { readonly [I in Instrument]: { readonly instrument: I; readonly series: SeriesSet<Cells[I]> } }[Instrument];

/**
 * Holds every series of a process in memory: recording writes a cell, `collect` reads all of them.
 * Only metrics of the table it was given exist; anything else is recorded nowhere.
 */
export class MetricStore implements MetricRecorder {
  readonly #metrics: MetricTable;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #slabs = new Slabs();
  readonly #series = new Map<string, AnySeries>();
  readonly #samples = new Set<() => void>();

  constructor(metrics: MetricTable, options: MetricStoreOptions = {}) {
    this.#metrics = metrics;
    this.#now = options.now ?? Date.now;
    this.#onError = options.onError ?? (() => {});
  }

  counter<N extends CounterName>(name: N, attributes: AttributesOf<N>): Counter {
    return this.#cell("counter", name, attributes) ?? silentRecorder.counter(name, attributes);
  }

  upDownCounter<N extends UpDownCounterName>(name: N, attributes: AttributesOf<N>): UpDownCounter {
    return this.#cell("updowncounter", name, attributes) ?? silentRecorder.upDownCounter(name, attributes);
  }

  histogram<N extends HistogramName>(name: N, attributes: AttributesOf<N>): Histogram {
    return this.#cell("histogram", name, attributes) ?? silentRecorder.histogram(name, attributes);
  }

  /** A histogram whose source counts by itself. */
  manyHistogram<N extends HistogramName>(name: N, attributes: AttributesOf<N>): Pick<HistogramCell, "recordMany"> {
    return this.#cell("histogram", name, attributes) ?? { recordMany() {} };
  }

  gauge<N extends GaugeName>(name: N, attributes: AttributesOf<N>): Gauge {
    return this.#cell("gauge", name, attributes) ?? silentRecorder.gauge(name, attributes);
  }

  onCollect(sample: () => void): () => void {
    // A wrapper, so that one function handed in twice is two samples.
    const own = (): void => sample();
    this.#samples.add(own);
    return () => void this.#samples.delete(own);
  }

  retire(key: OpenKey, value: string, metric?: MetricName): void {
    for (const [name, { series }] of this.#series) if (metric === undefined || name === metric) series.retire(key, value);
  }

  /** Runs the samples, then reads every series that was recorded. */
  collect(): readonly MetricSnapshot[] {
    for (const sample of this.#samples) {
      try {
        sample();
      } catch (error) {
        this.#onError(error);
      }
    }
    const snapshots: MetricSnapshot[] = [];
    for (const [name, series] of this.#series) {
      const record = this.#metrics[name];
      const snapshot = record === undefined ? undefined : snapshotOf(name, record, series);
      if (snapshot !== undefined && snapshot.points.length > 0) snapshots.push(snapshot);
    }
    return snapshots;
  }

  #cell<I extends Instrument>(instrument: I, name: string, attributes: Readonly<Record<string, unknown>>): Cells[I] | undefined {
    const record = Object.hasOwn(this.#metrics, name) ? this.#metrics[name] : undefined;
    if (record?.instrument !== instrument) return undefined;
    let series = this.#series.get(name);
    if (series === undefined) {
      series = this.#create(record);
      this.#series.set(name, series);
    }
    // The record's instrument decided which cells the set holds.
    return series.series.cell(attributes, this.#now()) as Cells[I];
  }

  #create(record: MetricRecord): AnySeries {
    const sets: AttributeSets = record.attributes;
    switch (record.instrument) {
      case "counter":
        return { instrument: "counter", series: new SeriesSet(sets, () => new CounterCell(this.#slabs)) };
      case "updowncounter":
        return { instrument: "updowncounter", series: new SeriesSet(sets, () => new UpDownCell(this.#slabs)) };
      case "gauge":
        return { instrument: "gauge", series: new SeriesSet(sets, () => new GaugeCell(this.#slabs)) };
      case "histogram":
        return { instrument: "histogram", series: new SeriesSet(sets, () => new HistogramCell(buckets[record.buckets])) };
    }
  }
}

function snapshotOf(name: string, record: MetricRecord, { instrument, series }: AnySeries): MetricSnapshot {
  if (record.instrument === "histogram") {
    const points: HistogramPoint[] = [];
    if (instrument === "histogram") {
      for (const { cell, key, attributes, startMs } of series.entries()) {
        const value = cell.read();
        if (value !== undefined) points.push({ key, attributes, startMs, ...value });
      }
    }
    return { kind: "histogram", name, record, bounds: buckets[record.buckets], points };
  }
  const points: NumberPoint[] = [];
  if (instrument !== "histogram") {
    for (const { cell, key, attributes, startMs } of series.entries()) {
      const value = cell.read();
      if (value !== undefined) points.push({ key, attributes, startMs, value });
    }
  }
  return { kind: "number", name, record, points };
}
