import type { MetricRecord } from "@moqscope/telemetry";

/** A session that one observation belonged to: what leads from a figure to its trace. */
export interface Exemplar {
  readonly value: number;
  readonly atMs: number;
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
}

/** One of this process' series, as the exporter and `/metrics` read it. */
export interface SeriesView {
  /** The same as long as the series lives. */
  readonly key: string;
  readonly name: string;
  readonly record: MetricRecord;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of histograms. */
  readonly bounds: readonly number[] | undefined;
  /** Epoch milliseconds at which the series was made: its counters were zero then. */
  readonly startMs: number;
  /** The value; or count, sum and one number for each bucket. */
  readonly row: ArrayLike<number>;
  /** The newest of each bucket, or the one of a counter; old ones are the reader's to leave out. */
  readonly exemplars: readonly (Exemplar | undefined)[];
}

/** What this process counts under one service name: the gateway itself, its audience's players, its publishers. */
export interface OwnService {
  readonly service: string;
  readonly series: readonly SeriesView[];
}

/** Exemplars older than this are not shown any more (fleet aggregation, section 5). */
export const exemplarKeptMs = 60_000;
