import { describe, expect, test } from "vitest";
import { metricsFromJson } from "../otlp/json.ts";
import { Store } from "../store/store.ts";
import { attributes, request, sum } from "../testing/otlp-json.ts";
import { type RefusedPoints, TrustedMetrics } from "./trusted-metrics.ts";

const nowMs = 1_800_000_000_000;
const sdk = { "service.name": "any-service", "service.instance.id": "1" };

function trusted(seriesLimit = 100): { store: Store; refused: RefusedPoints[]; take: (metric: unknown, atMs?: number) => unknown } {
  const store = new Store({ seriesLimit, intervalMs: 10_000 });
  const refused: RefusedPoints[] = [];
  const metrics = new TrustedMetrics(store, (each) => void refused.push(each));
  const encode = (metric: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(request(sdk, [metric as never])));
  return { store, refused, take: (metric, atMs = nowMs) => metrics.ingest(metricsFromJson(encode(metric)), atMs) };
}
const delta = (value: number, startMs: number, timeMs: number): unknown => {
  const metric = sum("jobs", value, { queue: "a" }, { startMs, timeMs }) as { sum: { aggregationTemporality: number } };
  metric.sum.aggregationTemporality = 1;
  return metric;
};

describe("trusted metrics", () => {
  test("delta sums of a single writer add up, a repeat adds nothing", () => {
    const { store, take } = trusted();
    take(delta(3, nowMs - 10_000, nowMs));
    take(delta(4, nowMs, nowMs + 10_000), nowMs + 10_000);
    take(delta(4, nowMs, nowMs + 10_000), nowMs + 10_100);
    take(delta(5, nowMs + 10_000, nowMs + 20_000), nowMs + 20_000);
    const [series] = store.named("jobs");
    expect(series?.newest()).toBe(12);
  });

  test("any name and label is kept as it is, up to the limit of series", () => {
    const { store, take, refused } = trusted(2);
    for (const user of ["a", "b", "c"]) take(sum("my.own/metric", 1, { user }, { startMs: nowMs, timeMs: nowMs }));
    expect([...store.named("my.own/metric")].map(({ shape }) => shape.attributes)).toEqual([{ user: "a" }, { user: "b" }]);
    expect(refused).toEqual([{ reason: "too_many_points", count: 1 }]);
  });

  test("an exponential histogram keeps count and sum", () => {
    const { store, take } = trusted();
    const point = { timeUnixNano: `${nowMs}000000`, count: "4", sum: 10, scale: 3, attributes: attributes({ a: "b" }) };
    take({ name: "sizes", unit: "By", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] } });
    const [series] = store.named("sizes");
    expect([series?.newest(0), series?.newest(1), series?.shape.bounds]).toEqual([4, 10, []]);
  });

  test("a series that its sender ends is no longer known", () => {
    const { store, take } = trusted();
    take(sum("jobs", 1, {}, { startMs: nowMs, timeMs: nowMs }));
    const ended = { timeUnixNano: `${nowMs + 1000}000000`, flags: 1, attributes: [] };
    take({ name: "jobs", unit: "1", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [ended] } }, nowMs + 1000);
    const [series] = store.named("jobs");
    expect(series?.isKnown(nowMs + 1000)).toBe(false);
  });

  test("not finite values and buckets that do not fit their bounds are refused", () => {
    const { refused, take } = trusted();
    take(sum("jobs", "NaN" as never, {}, { startMs: nowMs, timeMs: nowMs }));
    const point = { timeUnixNano: "1", count: "1", sum: 1, explicitBounds: [1, 2], bucketCounts: ["1"] };
    take({ name: "sizes", unit: "By", histogram: { aggregationTemporality: 2, dataPoints: [point] } });
    expect(refused.map(({ reason }) => reason)).toEqual(["not_finite", "wrong_bounds"]);
  });
});
