import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("overload raises the interval for a minute after the last refusal", () => {
  const pace = new Pace(10_000, 120_000);
  expect(pace.intervalMs(0)).toBe(10_000);
  pace.overloaded(1_000);
  pace.overloaded(5_000);
  expect(pace.intervalMs(64_999)).toBe(30_000);
  expect(pace.intervalMs(65_000)).toBe(10_000);
});

test("a raised interval stays a quarter of what ends a session, and is never shorter than the plain one", () => {
  const slow = new Pace(20_000, 120_000);
  slow.overloaded(0);
  expect(slow.intervalMs(1)).toBe(30_000);
  const slower = new Pace(60_000, 120_000);
  slower.overloaded(0);
  expect(slower.intervalMs(1)).toBe(60_000);
});
