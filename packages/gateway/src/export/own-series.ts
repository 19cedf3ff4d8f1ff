import { metricRecord } from "@moqscope/telemetry";
import { isThereFromStart } from "../fleet/fleet-series.ts";
import { labelsOf, type Vocabulary } from "../fleet/vocabulary.ts";
import { type StoredSeries, seriesKey } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import type { OwnService, SeriesView } from "./series-view.ts";

/** What this process itself counts, for whoever takes it from here: the exporter and `/metrics`. */
export class OwnSeries {
  readonly #store: Store;
  readonly #instance: string;
  readonly #bornMs: number;
  /** By key. */
  readonly #zeros: ReadonlyMap<string, SeriesView>;

  constructor(parts: { readonly store: Store; readonly vocabulary: Vocabulary; readonly instance: string; readonly bornMs: number }) {
    this.#store = parts.store;
    this.#instance = parts.instance;
    this.#bornMs = parts.bornMs;
    this.#zeros = new Map([...zeroViews(parts)].map((zero) => [zero.key, zero]));
  }

  /** Every series as it stands; those of the audience's counters that could move and have not yet, at zero. */
  services(): OwnService[] {
    const byService = new Map<string, SeriesView[]>([
      ["moq-gateway", []],
      ["moq-player", []],
    ]);
    const live = new Set<string>();
    for (const series of this.#store.all()) {
      if (series.isEnded || !series.source.isKept || series.source.instance !== this.#instance) continue;
      const view = this.#view(series);
      if (view === undefined) continue;
      live.add(series.key);
      const views = byService.get(series.source.service);
      if (views === undefined) byService.set(series.source.service, [view]);
      else views.push(view);
    }
    const players = byService.get("moq-player");
    for (const zero of this.#zeros.values()) if (!live.has(zero.key)) players?.push(zero);
    return [...byService].map(([service, series]) => ({ service, series }));
  }

  #view(series: StoredSeries): SeriesView | undefined {
    const { key, shape, row } = series;
    const record = metricRecord(shape.name);
    if (record === undefined || !series.hasValue) return undefined;
    const madeMs = Number.isNaN(series.zeroMs) ? this.#bornMs : series.zeroMs;
    const startMs = this.#zeros.has(key) ? Math.min(this.#bornMs, madeMs) : madeMs;
    return { key, name: shape.name, record, attributes: shape.attributes, bounds: shape.bounds, startMs, row, exemplars: series.exemplars };
  }
}

/** Counters of the audience in every label set, at zero. */
function* zeroViews(parts: { readonly vocabulary: Vocabulary; readonly instance: string; readonly bornMs: number }): Generator<SeriesView> {
  const source = { service: "moq-player", instance: parts.instance };
  for (const metric of parts.vocabulary.metrics()) {
    const { name, record } = metric;
    if (metric.service !== "moq-player" || record.instrument !== "counter" || !isThereFromStart(metric)) continue;
    for (let slot = metric.firstSlot; slot < metric.firstSlot + metric.slots; slot++) {
      const attributes = labelsOf(metric, slot);
      const key = seriesKey({ name, attributes }, source);
      yield { key, name, record, attributes, bounds: undefined, startMs: parts.bornMs, row: [0], exemplars: [] };
    }
  }
}
