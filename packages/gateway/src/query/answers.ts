import type { MetricsAnswer, MetricValue, Point, Series, SeriesAnswer, SessionSummary } from "@moqscope/telemetry/query";
import type { SessionView } from "../fleet/session-view.ts";
import { labelsOf } from "../fleet/vocabulary.ts";
import { firstBucketColumn, type StoredSeries, sumColumn } from "../store/series.ts";
import type { Store } from "../store/store.ts";
import { ParameterError } from "./parameters.ts";
import { samplesOf } from "./window.ts";

/** Which series: each part narrows, an absent one does not. */
export interface Selection {
  readonly name: string | undefined;
  readonly service: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

function* select(store: Store, { name, service, attributes }: Selection): Generator<StoredSeries> {
  const wanted = Object.entries(attributes);
  for (const series of name === undefined ? store.all() : store.named(name)) {
    if (service !== undefined && series.source.service !== service) continue;
    if (wanted.every(([key, value]) => series.shape.attributes[key] === value)) yield series;
  }
}

/** Newest value of every series that has one; a gauge whose source went silent has none. */
export function metricsAnswer(store: Store, selection: Selection, nowMs: number): MetricsAnswer {
  const metrics: MetricValue[] = [];
  for (const series of select(store, selection)) if (series.isKnown(nowMs)) metrics.push(metricValue(series));
  return { nowMs, metrics };
}

function metricValue(series: StoredSeries): MetricValue {
  const { name, type, unit, attributes, bounds } = series.shape;
  const { service, instance } = series.source;
  const base = { name, type, unit, service, instance, attributes, atMs: series.lastMs };
  if (bounds === undefined) return { ...base, value: series.newest() };
  const buckets = Array.from({ length: bounds.length + 1 }, (_, bucket) => series.newest(firstBucketColumn + bucket));
  return { ...base, histogram: { count: series.newest(), sum: series.newest(sumColumn), bounds, buckets } };
}

/** Numbers in one answer of samples: more would hold up everyone else. */
const pointsLimit = 500_000;

/** Samples of the last `seconds`: the last of each second for 15 minutes, one in ten seconds before. Throws ParameterError where that is too much. */
export function seriesAnswer(
  store: Store,
  selection: Selection,
  window: { readonly nowMs: number; readonly seconds: number },
): SeriesAnswer {
  const fromMs = window.nowMs - window.seconds * 1000;
  const series: Series[] = [];
  let count = 0;
  for (const each of select(store, selection)) {
    const points = pointsOf(each, fromMs, 0);
    if (points.length === 0) continue;
    count += points.length;
    if (count > pointsLimit) {
      throw new ParameterError(
        `seconds makes more than ${pointsLimit} samples of all series`,
        "ask for fewer, or for one series by its attributes, or /api/v1/query_range with a step",
      );
    }
    const { name, attributes, bounds } = each.shape;
    const { service, instance } = each.source;
    const base = { name, service, instance, attributes, points };
    series.push(bounds === undefined ? base : { ...base, sum: pointsOf(each, fromMs, sumColumn) });
  }
  return { nowMs: window.nowMs, series };
}

function pointsOf(series: StoredSeries, fromMs: number, column: number): Point[] {
  const { times, values, size } = samplesOf(series, fromMs - 1, column);
  return Array.from({ length: size }, (_, at) => ({ atMs: times[at] ?? 0, value: values[at] ?? 0 }));
}

/** A session as the table knows it. */
export function sessionSummary(session: SessionView): SessionSummary {
  const totals: Record<string, number> = {};
  const add = (name: string, value: number): void => void (totals[name] = (totals[name] ?? 0) + value);
  for (const { place, total, sum } of session.points) {
    const { name, bounds } = place.metric;
    if (bounds === undefined) add(name, total);
    else {
      add(`${name}.count`, total);
      add(`${name}.sum`, sum);
    }
  }
  const starts = totals["moq.client.startup_time.count"] ?? 0;
  return {
    sessionId: session.id,
    service: session.service,
    state: session.isEnded ? "ended" : session.state,
    firstSeenMs: session.firstSeenMs,
    lastSeenMs: session.lastSeenMs,
    totals,
    transport: session.transport === "unknown" ? null : session.transport,
    rttSeconds: roundTrips(session),
    startupSeconds: starts > 0 ? (totals["moq.client.startup_time.sum"] ?? 0) / starts : null,
  };
}

/** The mean of a session's round trips by where they were measured, over its transports. */
function roundTrips({ points }: SessionView): Record<string, number> {
  const bySource = new Map<string, { count: number; sum: number }>();
  for (const { place, total, sum } of points) {
    if (place.metric.name !== "moq.client.rtt") continue;
    const source = labelsOf(place.metric, place.slot)["source"] ?? "";
    const known = bySource.get(source) ?? { count: 0, sum: 0 };
    bySource.set(source, { count: known.count + total, sum: known.sum + sum });
  }
  return Object.fromEntries([...bySource].flatMap(([source, { count, sum }]) => (count > 0 ? [[source, sum / count]] : [])));
}
