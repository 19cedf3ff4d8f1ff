import { describe, expect, test } from "vitest";
import { StoredSeries } from "../store/series.ts";
import { Source } from "../store/source.ts";
import { History } from "../tsdb/history.ts";
import { Labels } from "../tsdb/labels.ts";
import { distribution, increase, quantile, rate } from "./window.ts";

function counter(samples: readonly (readonly [atMs: number, value: number])[], bornMs = samples[0]?.[0] ?? 0): StoredSeries {
  const source = new Source({ service: "s", instance: "i" }, bornMs, { nowMs: bornMs, intervalMs: 10_000 });
  const series = new StoredSeries({ name: "n", type: "counter", unit: "1", attributes: {} }, source, bornMs);
  const past = new History(Labels.of({ __name__: "n" }));
  series.past = [past];
  for (const [atMs, value] of samples) {
    series.push(atMs, [value]);
    past.write(atMs, value);
  }
  return series;
}

describe("increase", () => {
  test("starts from the newest sample at or before the window", () => {
    const series = counter([
      [0, 10],
      [10_000, 15],
      [20_000, 25],
    ]);
    expect(increase(series, 10_000)).toBe(10);
    expect(increase(series, 9_999)).toBe(15);
    expect(increase(series, -5)).toBe(15);
    expect(increase(series, 20_000)).toBe(0);
  });

  test("takes a fall for a restart from zero", () => {
    const series = counter([
      [0, 10],
      [10_000, 3],
      [20_000, 5],
    ]);
    expect(increase(series, 0)).toBe(5);
  });
});

describe("rate", () => {
  test("is over the time that samples cover", () => {
    const series = counter([
      [0, 0],
      [10_000, 100],
      [20_000, 200],
    ]);
    expect(rate(series, 0)).toBeCloseTo(10);
    expect(rate(series, 5_000)).toBeCloseTo(10);
  });

  test("is unknown from one sample, and 0 where nothing moved", () => {
    expect(rate(counter([[0, 5]]), 0)).toBeUndefined();
    const flat = counter([
      [0, 5],
      [10_000, 5],
      [20_000, 5],
    ]);
    expect(rate(flat, 0)).toBe(0);
  });
});

describe("quantile", () => {
  const bounds = [1, 2, 4];
  test.each([
    ["the middle of the first bucket, which begins at 0", 0.5, [2, 0, 0, 0], 0.5],
    ["linear inside a bucket", 0.75, [2, 2, 0, 0], 1.5],
    ["the upper bound of a full bucket", 1, [0, 4, 0, 0], 2],
    ["the highest bound for what is above it", 0.5, [0, 0, 0, 3], 4],
  ])("%s", (_, q, buckets, expected) => {
    expect(quantile(q, bounds, buckets)).toBeCloseTo(expected, 12);
  });

  test("of nothing is no number", () => {
    expect(quantile(0.5, bounds, [0, 0, 0, 0])).toBeNaN();
    expect(distribution([], 0)).toBeUndefined();
  });

  test("a first bound of 0 holds zeros", () => {
    expect(quantile(0.5, [0, 1], [10, 0, 0])).toBe(0);
  });
});
