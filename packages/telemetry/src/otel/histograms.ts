import type { Meter } from "@opentelemetry/api";
import type { Histogram } from "../recorder/recorder.ts";
import { SeriesSet } from "../recorder/series-set.ts";
import { buckets } from "../registry/buckets.ts";
import type { HistogramRecord, MetricTable } from "../registry/metric-record.ts";
import type { OpenKey } from "../registry/types.ts";

function seriesOf(meter: Meter, name: string, { unit, description, buckets: set, attributes }: HistogramRecord): SeriesSet<Histogram> {
  const advice = { explicitBucketBoundaries: [...buckets[set]] };
  const instrument = meter.createHistogram(name, { unit, description, advice });
  return new SeriesSet(attributes, (labels) => ({
    record(value) {
      // An SDK would take infinity for a value.
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
      try {
        instrument.record(value, labels);
      } catch {
        // The value is lost; what it measured goes on.
      }
    },
  }));
}

/** Histograms of the application's SDK with the registry's bounds and attribute sets. */
export class SdkHistograms {
  readonly #meter: Meter;
  readonly #table: MetricTable;
  readonly #series = new Map<string, SeriesSet<Histogram>>();

  constructor(meter: Meter, table: MetricTable) {
    this.#meter = meter;
    this.#table = table;
  }

  /** `undefined` when the registry has no such histogram. */
  get(name: string, attributes: Readonly<Record<string, unknown>>): Histogram | undefined {
    const record = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (record?.instrument !== "histogram") return undefined;
    const series = this.#series.get(name) ?? seriesOf(this.#meter, name, record);
    this.#series.set(name, series);
    return series.cell(attributes, 0);
  }

  /** Frees the place of an open value. What the SDK has counted for it stays with the SDK. */
  retire(key: OpenKey, value: string, metric: string | undefined): void {
    for (const [name, series] of this.#series) if (metric === undefined || name === metric) series.retire(key, value);
  }
}
