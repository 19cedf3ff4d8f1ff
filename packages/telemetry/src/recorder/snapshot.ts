import type { HistogramRecord, SumRecord } from "../registry/metric-record.ts";

interface PointBase {
  readonly attributes: Readonly<Record<string, string>>;
  /** Stable identity of the series in its store. */
  readonly key: string;
  /** Epoch milliseconds at which the series began. */
  readonly startMs: number;
}
export interface NumberPoint extends PointBase {
  readonly value: number;
}
export interface HistogramPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  /** One more than the bounds: the last counts what is above them. */
  readonly buckets: readonly number[];
}
/** One metric as it stands; series nobody recorded are absent. */
export type MetricSnapshot =
  | { readonly kind: "number"; readonly name: string; readonly record: SumRecord; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: "histogram";
      readonly name: string;
      readonly record: HistogramRecord;
      readonly bounds: readonly number[];
      readonly points: readonly HistogramPoint[];
    };
