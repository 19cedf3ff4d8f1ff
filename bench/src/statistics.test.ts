import { expect, test } from "vitest";
import { estimate, quantile, seededRandom, shuffled } from "./statistics.ts";

test("a quantile is interpolated between neighbours and absent of nothing", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([], 0.5)).toBeUndefined();
});

test("the interval holds the median, narrows with more values, and is the same for the same seed", () => {
  const noisy = (count: number): number[] => {
    const random = seededRandom(7);
    return Array.from({ length: count }, () => 1 + random());
  };
  const few = estimate(noisy(20), seededRandom(1));
  const many = estimate(noisy(500), seededRandom(1));
  if (!few || !many) throw new Error("an estimate is missing");
  expect(few.low).toBeLessThanOrEqual(few.median);
  expect(few.high).toBeGreaterThanOrEqual(few.median);
  expect(many.high - many.low).toBeLessThan(few.high - few.low);
  expect(estimate(noisy(20), seededRandom(1))).toEqual(few);
});

test("a shuffle keeps every item and follows its seed", () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const once = shuffled(items, seededRandom(3));
  expect(once).not.toEqual(items);
  expect(once.toSorted((a, b) => a - b)).toEqual(items);
  expect(shuffled(items, seededRandom(3))).toEqual(once);
});
