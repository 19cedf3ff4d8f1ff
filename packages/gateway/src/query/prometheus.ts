import type { HistogramPoint, MetricSnapshot, NumberPoint } from "@moqscope/telemetry";
import { metricRecord, prometheusText } from "@moqscope/telemetry";
import { type FleetMetric, labelsOf, type Vocabulary } from "../fleet/vocabulary.ts";
import { firstBucketColumn, type StoredSeries, seriesKey, sumColumn } from "../store/series.ts";
import type { Store } from "../store/store.ts";

/** Fleet counters of at most this many series are all there from the start: `increase()` of a series born at 1 is 0. */
const zeroFirstSlots = 200;

/** The gateway's own and the fleet's series as Prometheus text, for set-ups without a collector. */
export function ownText(store: Store, vocabulary: Vocabulary, at: { readonly instance: string; readonly nowMs: number }): string {
  const { instance } = at;
  const own = prometheusText(snapshots(store, "moq-gateway", at), { job: "moq-gateway", instance });
  const fleet = withZeros(snapshots(store, "moq-player", at), zeros(store, vocabulary, instance));
  return own + prometheusText(fleet, { job: "moq-player", instance });
}

/** One family per name: the format allows no second. */
function withZeros(found: readonly MetricSnapshot[], zero: readonly NumberSnapshot[]): MetricSnapshot[] {
  const rest = new Map(zero.map((each) => [each.name, each]));
  const all = found.map((each): MetricSnapshot => {
    const more = rest.get(each.name);
    rest.delete(each.name);
    return more !== undefined && each.kind === "number" ? { ...each, points: [...each.points, ...more.points] } : each;
  });
  return [...all, ...rest.values()];
}

type NumberSnapshot = MetricSnapshot & { readonly kind: "number" };

function snapshots(store: Store, service: string, { instance, nowMs }: { instance: string; nowMs: number }): MetricSnapshot[] {
  const families = new Map<string, StoredSeries[]>();
  for (const series of store.all()) {
    if (series.source.service !== service || series.source.instance !== instance || !series.isKnown(nowMs)) continue;
    const family = families.get(series.shape.name);
    if (family === undefined) families.set(series.shape.name, [series]);
    else family.push(series);
  }
  return [...families].flatMap(([name, family]) => snapshot(name, family) ?? []);
}

function snapshot(name: string, family: readonly StoredSeries[]): MetricSnapshot | undefined {
  const record = metricRecord(name);
  if (record === undefined) return undefined;
  if (record.instrument !== "histogram") return { kind: "number", name, record, points: family.map(numberPoint) };
  const bounds = family[0]?.shape.bounds ?? [];
  return { kind: "histogram", name, record, bounds, points: family.map(histogramPoint) };
}

function numberPoint(series: StoredSeries): NumberPoint {
  return { attributes: series.shape.attributes, key: "", startMs: series.startMs, value: series.newest() };
}

function histogramPoint(series: StoredSeries): HistogramPoint {
  const buckets = Array.from({ length: (series.shape.bounds?.length ?? 0) + 1 }, (_, bucket) => series.newest(firstBucketColumn + bucket));
  return {
    attributes: series.shape.attributes,
    key: "",
    startMs: series.startMs,
    count: series.newest(),
    sum: series.newest(sumColumn),
    buckets,
  };
}

/** Counters of the fleet that could move and have not yet, at 0. */
function zeros(store: Store, vocabulary: Vocabulary, instance: string): NumberSnapshot[] {
  const source = { service: "moq-player", instance };
  const snapshots: NumberSnapshot[] = [];
  for (const metric of vocabulary.metrics()) {
    const { record } = metric;
    if (record.instrument === "histogram" || metric.slots > zeroFirstSlots) continue;
    const points = slotsOf(metric)
      .map((slot) => ({ attributes: labelsOf(metric, slot), key: "", startMs: 0, value: 0 }))
      .filter(({ attributes }) => !store.has(seriesKey({ name: metric.name, attributes }, source)));
    if (points.length > 0) snapshots.push({ kind: "number", name: metric.name, record, points });
  }
  return snapshots;
}

function slotsOf({ firstSlot, slots }: FleetMetric): number[] {
  return Array.from({ length: slots }, (_, index) => firstSlot + index);
}
