import type { Distribution, Reading } from "@moqscope/telemetry/query";
import type { StoredSeries } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import { distribution, increase, rate } from "./window.ts";

/** What figures are taken from. */
export interface FiguresView {
  readonly store: Store;
  readonly nowMs: number;
  readonly windowMs: number;
  /** The interval that players and relays are asked to report at. */
  readonly reportIntervalMs: number;
}
type Labels = Readonly<Record<string, string>>;
/** Which series, by their attributes. */
export type Match = (attributes: Labels) => boolean;

const anything: Match = () => true;
export const isClient: Match = ({ peer }) => peer === "client";
export const isNoRelay: Match = ({ peer }) => peer !== "relay";
const minRateWindowMs = 10_000;

/** Rates look back at least four reports, so that a late one does not read as silence (pitfalls 16), and no further than the window. */
export function rateWindow({ windowMs, reportIntervalMs }: FiguresView): number {
  return Math.min(windowMs, Math.max(minRateWindowMs, 4 * reportIntervalMs));
}

/** Figures over the windows of one summary. */
export class Figures {
  readonly #view: FiguresView;
  readonly #fromMs: number;
  readonly #ratesFromMs: number;

  constructor(view: FiguresView) {
    this.#view = view;
    this.#fromMs = view.nowMs - view.windowMs;
    this.#ratesFromMs = view.nowMs - rateWindow(view);
  }

  *select(name: string, matches: Match): Generator<StoredSeries> {
    for (const series of this.#view.store.named(name)) if (matches(series.shape.attributes)) yield series;
  }

  /** Sum of the newest values of a gauge or up-down counter, over the sources that still report. */
  now(name: string, matches: Match): Reading | null {
    let value: number | undefined;
    let atMs = 0;
    for (const series of this.select(name, matches)) {
      if (!series.isKnown(this.#view.nowMs)) continue;
      value = (value ?? 0) + series.newest();
      atMs = Math.max(atMs, series.lastMs);
    }
    return value === undefined ? null : { value, atMs };
  }

  /** Bits per second of byte counters, over the sources that still report. */
  bits(name: string, matches: Match): Reading | null {
    let value: number | undefined;
    let atMs = 0;
    for (const series of this.select(name, matches)) {
      const bytes = series.source.isLive(this.#view.nowMs) ? rate(series, this.#ratesFromMs) : undefined;
      if (bytes === undefined) continue;
      value = (value ?? 0) + bytes * 8;
      atMs = Math.max(atMs, series.lastMs);
    }
    return value === undefined ? null : { value, atMs };
  }

  /** What counters counted in the window, by one of their labels. */
  counts(name: string, label: string, matches: Match = anything): Map<string, number> {
    const counts = new Map<string, number>();
    for (const series of this.select(name, matches)) {
      const grown = increase(series, this.#fromMs);
      const key = series.shape.attributes[label] ?? "";
      if (grown > 0) counts.set(key, (counts.get(key) ?? 0) + grown);
    }
    return counts;
  }

  total(name: string): number {
    let total = 0;
    for (const series of this.select(name, anything)) total += increase(series, this.#fromMs);
    return total;
  }

  spread(name: string, matches: Match = anything): Distribution | null {
    return distribution(this.select(name, matches), this.#fromMs) ?? null;
  }

  /** What a counter counted in the window, over its series; `null` where nobody counts. */
  grown(name: string, matches: Match): Reading | null {
    let value: number | undefined;
    let atMs = 0;
    for (const series of this.select(name, matches)) {
      if (series.lastMs < this.#fromMs) continue;
      value = (value ?? 0) + increase(series, this.#fromMs);
      atMs = Math.max(atMs, series.lastMs);
    }
    return value === undefined ? null : { value, atMs };
  }

  /** Values of a label that has any series in the window. */
  labels(names: readonly string[], label: string): string[] {
    return this.pairs(names, [label]).map(([value = ""]) => value);
  }

  /** Values of labels that stand together on any series of the window, in order. */
  pairs(names: readonly string[], labels: readonly string[]): string[][] {
    const found = new Map<string, string[]>();
    for (const name of names) {
      for (const series of this.#view.store.named(name)) {
        const values = labels.map((label) => series.shape.attributes[label]).filter((value) => value !== undefined);
        if (values.length === labels.length && series.lastMs >= this.#fromMs) found.set(values.join("\u0000"), values);
      }
    }
    return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, values]) => values);
  }
}
