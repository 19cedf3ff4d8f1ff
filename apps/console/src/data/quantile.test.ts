import { expect, it } from "vitest";
import { quantile } from "./quantile.ts";

it("interpolates within the bucket that holds the rank", () => {
  expect(quantile(0.5, [0.1, 0.2, 0.4], [0, 10, 0, 0])).toBeCloseTo(0.15);
  expect(quantile(0.95, [0.1, 0.2, 0.4], [50, 40, 10, 0])).toBeCloseTo(0.3);
});

it("gives the highest bound for what lies above it, and nothing for no samples", () => {
  expect(quantile(0.95, [1, 2], [0, 0, 3])).toBe(2);
  expect(quantile(0.5, [1, 2], [0, 0, 0])).toBeUndefined();
});
