import type { MetricValue } from "@moqscope/telemetry/query";
import type { Exemplar } from "../export/series-view.ts";
import { SampleRing } from "./ring.ts";
import type { Source } from "./source.ts";

export type SeriesType = MetricValue["type"];
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

/** One series of the store with its recent samples. */
export class StoredSeries {
  /** Its identity, as `seriesKey` has it. */
  readonly key: string;
  readonly shape: SeriesShape;
  readonly source: Source;
  readonly ring: SampleRing;
  /** Start and time of the newest point, by the sender's clock, for order and resets. */
  startMs = 0;
  timeMs = 0;
  /** Epoch milliseconds of the gateway at the newest point. */
  lastMs: number;
  /** The sender said "no recorded value". */
  isEnded = false;
  /** The newest exemplar of each bucket, or the one of a counter; old ones are the reader's to leave out. */
  exemplars: readonly (Exemplar | undefined)[] = [];
  /** When the counter was zero last, where that is known: a series was born or began again. */
  zeroMs = Number.NaN;

  constructor(shape: SeriesShape, source: Source, nowMs: number) {
    this.key = seriesKey(shape, source);
    this.shape = shape;
    this.source = source;
    this.ring = new SampleRing(shape.bounds === undefined ? 1 : firstBucketColumn + shape.bounds.length + 1);
    this.lastMs = nowMs;
  }

  /** Whether the value is known now: a gauge whose source went silent has none, a counter keeps what it counted. */
  isKnown(nowMs: number): boolean {
    if (this.isEnded || this.ring.size === 0) return false;
    const isInstant = this.shape.type === "gauge" || this.shape.type === "updowncounter";
    return !isInstant || nowMs - this.lastMs <= this.source.ttlMs;
  }

  /** The newest value of one column. */
  newest(column = 0): number {
    return this.ring.at(this.ring.size - 1, column);
  }

  /** The newest value of every column; empty where there is none. */
  newestRow(): Float64Array {
    return Float64Array.from({ length: this.ring.size === 0 ? 0 : this.ring.width }, (_, column) => this.newest(column));
  }

  /** Says that the counter was zero at `atMs`, before its next sample. */
  markZero(atMs: number): void {
    this.zeroMs = atMs;
    this.ring.mark(atMs);
  }

  /** Says that the counter was zero at `atMs` and that what it counted until now was told before: the series was restored. */
  resume(atMs: number): void {
    this.zeroMs = atMs;
    this.ring.clear();
  }

  push(nowMs: number, row: ArrayLike<number>): void {
    this.ring.push(nowMs, row, this.source.ttlMs);
    this.lastMs = nowMs;
    this.isEnded = false;
  }
}

/** The identity of a series as one string. */
export function seriesKey(shape: Pick<SeriesShape, "name" | "attributes">, source: Pick<Source, "service" | "instance">): string {
  const labels = Object.entries(shape.attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}\u0001${value}`);
  return [shape.name, source.service, source.instance, ...labels].join("\u0000");
}
