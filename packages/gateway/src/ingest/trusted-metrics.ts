import type { Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import type { Attributes, HistogramPoint, Metric, NumberPoint, ResourceMetrics } from "../otlp/model.ts";
import type { SeriesShape, SeriesType, StoredSeries } from "../store/series.ts";
import { firstBucketColumn } from "../store/series.ts";
import type { Source } from "../store/source.ts";
import type { Store } from "../store/store.ts";
import { placedIdentityOf } from "./identity.ts";

/** A point this much older than the newest one is no late repeat: the sender's clock was set back. */
const clockStepMs = 60_000;
/** What a counter had before its first point here counts into the present only if it is this young. */
const bornWithinMs = 60_000;

export interface RefusedPoints {
  readonly reason: "too_many_points" | "not_finite" | "wrong_type" | "wrong_temporality" | "wrong_bounds";
  readonly count: number;
}

/** Trusted OTLP metrics → store: every series as it was sent, by (name, attributes, service, instance). Delta sums and histograms add up. */
export class TrustedMetrics {
  readonly #store: Store;
  readonly #refused: (refused: RefusedPoints) => void;

  constructor(store: Store, refused: (refused: RefusedPoints) => void) {
    this.#store = store;
    this.#refused = refused;
  }

  /** Takes a whole request; answers what could not be kept. */
  ingest(request: readonly ResourceMetrics[], nowMs: number): Partial {
    const reasons = new Map<RefusedPoints["reason"], number>();
    for (const { resource, metrics } of request) {
      const ageMs = ageOf(metrics);
      const source = this.#store.report(placedIdentityOf(resource), nowMs, ageMs > bornWithinMs ? 0 : ageMs);
      for (const metric of metrics) {
        for (const point of metric.points) {
          const reason = this.#point(metric, point, { source, nowMs });
          if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }
    let rejected = 0;
    for (const [reason, count] of reasons) {
      this.#refused({ reason, count });
      rejected += count;
    }
    return rejected === 0 ? accepted : { rejected, message: [...reasons].map(([reason, count]) => `${count} × ${reason}`).join(", ") };
  }

  #point(metric: Metric, point: NumberPoint | HistogramPoint, at: At): RefusedPoints["reason"] | undefined {
    const shape = shapeOf(metric, point);
    if (shape === undefined) return "wrong_type";
    const row = rowOf(point, shape);
    if (row === undefined) return "wrong_bounds";
    if (row.some((value) => !Number.isFinite(value))) return "not_finite";
    const series = this.#store.series(shape, at.source, at.nowMs);
    if (series === undefined) return "too_many_points";
    if ("value" in point ? point.value === undefined : point.noValue) series.isEnded = true;
    else write(series, { metric, point, row }, at);
    return undefined;
  }
}

interface At {
  readonly source: Source;
  readonly nowMs: number;
}
interface Written {
  readonly metric: Metric;
  readonly point: NumberPoint | HistogramPoint;
  readonly row: number[];
}

function write(series: StoredSeries, written: Written, at: At): void {
  const { metric, point, row } = written;
  const isDelta = "temporality" in metric && metric.temporality === "delta";
  const isRestart = !isDelta && series.startMs !== 0 && point.startMs > series.startMs;
  if (!isRestart && isLate(series, point)) return;
  const isFirst = !series.hasValue;
  if (isFirst || isRestart) markZero(series, point, at);
  if (isDelta && !isFirst) {
    for (let column = 0; column < row.length; column++) row[column] = (row[column] ?? 0) + series.newest(column);
  }
  series.startMs = point.startMs;
  series.timeMs = point.timeMs;
  series.push(at.nowMs, row);
}

function markZero(series: StoredSeries, point: NumberPoint | HistogramPoint, at: At): void {
  const { type } = series.shape;
  if (type !== "counter" && type !== "histogram") return;
  const zeroMs = zeroTime(point, at);
  if (zeroMs !== undefined) series.markZero(zeroMs);
}

function isLate(series: StoredSeries, { timeMs }: NumberPoint | HistogramPoint): boolean {
  return timeMs !== 0 && timeMs <= series.timeMs && timeMs > series.timeMs - clockStepMs;
}

/**
 * When a counter that is new here was last zero. A process that reported before told everything it had, so a new series of it began after
 * that report. Of a process that is new here only its own clock tells; what it counted long ago is no growth of today.
 */
function zeroTime(point: NumberPoint | HistogramPoint, { nowMs, source }: At): number | undefined {
  const ageMs = point.startMs === 0 || point.timeMs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, point.timeMs - point.startMs);
  const reportedMs = source.previousMs === undefined ? Number.POSITIVE_INFINITY : nowMs - source.previousMs;
  const zeroMs = nowMs - Math.min(ageMs, reportedMs);
  return nowMs - zeroMs > bornWithinMs ? undefined : Math.min(zeroMs, nowMs - 1);
}

/** How long the sender has run, by its own clock, as its oldest cumulative point tells. */
function ageOf(metrics: readonly Metric[]): number {
  let ageMs = 0;
  for (const metric of metrics) {
    if (metric.kind === "gauge") continue;
    for (const { startMs, timeMs } of metric.points) if (startMs > 0 && timeMs > startMs) ageMs = Math.max(ageMs, timeMs - startMs);
  }
  return ageMs;
}

function shapeOf(metric: Metric, point: NumberPoint | HistogramPoint): SeriesShape | undefined {
  const type = typeOf(metric);
  if (type === undefined) return undefined;
  const shape = { name: metric.name, type, unit: metric.unit, attributes: labelsOf(point.attributes) };
  return "bounds" in point ? { ...shape, bounds: point.bounds } : shape;
}

function typeOf(metric: Metric): SeriesType | undefined {
  switch (metric.kind) {
    case "sum":
      return metric.monotonic ? "counter" : "updowncounter";
    case "gauge":
      return "gauge";
    case "histogram":
    case "digest":
      return "histogram";
    case "empty":
      return undefined;
  }
}

/** The row of the store: the value, or count, sum and buckets. `undefined` when buckets and bounds do not fit together. */
function rowOf(point: NumberPoint | HistogramPoint, { bounds }: SeriesShape): number[] | undefined {
  if (!("bounds" in point)) return [point.value ?? 0];
  const buckets = point.buckets.length === 0 && bounds?.length === 0 ? [point.count] : point.buckets;
  const row = [point.count, point.sum, ...buckets];
  return row.length === firstBucketColumn + (bounds?.length ?? 0) + 1 ? row : undefined;
}

function labelsOf(attributes: Attributes): Record<string, string> {
  return Object.fromEntries([...attributes].map(([key, value]) => [key, String(value)]));
}
