import { expect, it } from "vitest";
import { ageText, freshness } from "./freshness.ts";

it("calls a sample fresh to 2 s, late to 5 s, then stale, and absent when there is none", () => {
  expect(freshness(8_000, 10_000).kind).toBe("fresh");
  expect(freshness(7_999, 10_000).kind).toBe("late");
  expect(freshness(5_000, 10_000).kind).toBe("late");
  expect(freshness(4_999, 10_000)).toEqual({ kind: "stale", ageMs: 5_001 });
  expect(freshness(null, 10_000).kind).toBe("none");
  expect(freshness(Number.NaN, 10_000).kind).toBe("none");
});

it("takes a sample from the future as fresh", () => {
  expect(freshness(11_000, 10_000)).toEqual({ kind: "fresh", ageMs: 0 });
});

it("holds still while fresh and grows in readable steps", () => {
  expect([0, 2_000, 3_400, 119_000, 150_000, 7_200_000, 200_000_000].map((age) => ageText(age).replace("\u00a0", " "))).toEqual([
    "≤2 s",
    "≤2 s",
    "3 s",
    "119 s",
    "3 min",
    "2 h",
    "2 d",
  ]);
});
