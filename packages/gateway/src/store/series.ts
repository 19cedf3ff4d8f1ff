import type { MetricValue } from "@moqscope/telemetry/query";
import type { Exemplar } from "../export/series-view.ts";
import type { SampleList } from "../tsdb/sample.ts";
import type { Source } from "./source.ts";

export type SeriesType = MetricValue["type"];
/** A process that has been silent for longer is of the past. */
export const presentMs = 15 * 60_000;

export interface SeriesShape {
  readonly name: string;
  readonly type: SeriesType;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Histograms only; without bounds (a digest) count and sum are kept. */
  readonly bounds?: readonly number[];
}

/** Columns of a histogram's row; the buckets follow. */
export const countColumn = 0;
export const sumColumn = 1;
export const firstBucketColumn = 2;

/** Where a series' samples are kept: one for each number that Prometheus has of it, in the order of its label sets. */
export interface Past {
  /** Samples in (fromMs, toMs], oldest first. */
  read(fromMs: number, toMs: number): SampleList;
}

/** One series as it stands: its newest numbers, and where its past is. */
export class StoredSeries {
  /** Its identity, as `seriesKey` has it. */
  readonly key: string;
  readonly shape: SeriesShape;
  readonly source: Source;
  /** The newest value; or count, sum and buckets. */
  readonly row: Float64Array;
  /** Start and time of the newest point, by the sender's clock, for order and resets. */
  startMs = 0;
  timeMs = 0;
  /** Epoch milliseconds of the gateway at the newest point. */
  lastMs: number;
  /** The same at the newest point that brought another number. */
  movedMs: number;
  /** The sender said "no recorded value". */
  isEnded = false;
  /** The newest exemplar of each bucket, or the one of a counter; old ones are the reader's to leave out. */
  exemplars: readonly (Exemplar | undefined)[] = [];
  /** When the counter was zero last, where that is known: a series was born or began again. */
  zeroMs = Number.NaN;
  /** It was zero in an earlier run of this process: what it has is no growth from there. */
  isResumed = false;
  /** Empty until its first sample is kept; `undefined` where there was no room for one. */
  past: readonly (Past | undefined)[] = [];
  #hasValue = false;

  constructor(shape: SeriesShape, source: Source, nowMs: number) {
    this.key = seriesKey(shape, source);
    this.shape = shape;
    this.source = source;
    this.row = new Float64Array(shape.bounds === undefined ? 1 : firstBucketColumn + shape.bounds.length + 1);
    this.lastMs = nowMs;
    this.movedMs = nowMs;
  }

  /** Whether it has a value at all. */
  get hasValue(): boolean {
    return this.#hasValue;
  }

  /** Whether the value is known now: a gauge whose source went silent has none, a counter keeps what it counted for a while. */
  isKnown(nowMs: number): boolean {
    if (this.isEnded || !this.#hasValue) return false;
    const isInstant = this.shape.type === "gauge" || this.shape.type === "updowncounter";
    if (isInstant) return nowMs - this.lastMs <= this.source.ttlMs;
    return this.source.isKept || nowMs - this.lastMs <= presentMs;
  }

  /** The newest value of one column. */
  newest(column = 0): number {
    return this.#hasValue ? (this.row[column] ?? Number.NaN) : Number.NaN;
  }

  /** Says that the counter was zero at `atMs`, before its next sample. */
  markZero(atMs: number): void {
    this.zeroMs = atMs;
    this.isResumed = false;
    this.row.fill(0);
    this.#hasValue = true;
  }

  /** Says that the counter was zero at `atMs` and that what it counted until now was told before: the series was restored. */
  resume(atMs: number): void {
    this.zeroMs = atMs;
    this.isResumed = true;
  }

  push(nowMs: number, row: ArrayLike<number>): void {
    for (let column = 0; column < this.row.length; column++) {
      const value = row[column] ?? 0;
      if (value === this.row[column]) continue;
      this.row[column] = value;
      this.movedMs = nowMs;
    }
    this.lastMs = nowMs;
    this.isEnded = false;
    this.#hasValue = true;
  }
}

/** The identity of a series as one string. */
export function seriesKey(shape: Pick<SeriesShape, "name" | "attributes">, source: Pick<Source, "service" | "instance">): string {
  const labels = Object.entries(shape.attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}\u0001${value}`);
  return [shape.name, source.service, source.instance, ...labels].join("\u0000");
}
