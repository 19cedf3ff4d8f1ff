import type { Clock } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { expect, test } from "vitest";
import { afterLong } from "./after-long.ts";

const dayMs = 86_400_000;

test("a year is a year, though no timer waits longer than 25 days", async () => {
  const waits: number[] = [];
  const clock = new FakeClock();
  const noting: Clock = { now: () => clock.now(), after: (ms, fire) => (waits.push(ms), clock.after(ms, fire)) };
  let fired = 0;
  afterLong(noting, 365 * dayMs, () => fired++);
  await clock.advance(365 * dayMs - 1);
  expect(fired).toBe(0);
  await clock.advance(1);
  expect(fired).toBe(1);
  expect(Math.max(...waits)).toBeLessThan(2 ** 31);
});

test("what is past is due at once, and what was called off never", async () => {
  const clock = new FakeClock();
  const fired: string[] = [];
  afterLong(clock, -5, () => fired.push("past"));
  const cancel = afterLong(clock, 60 * dayMs, () => fired.push("cancelled"));
  await clock.advance(30 * dayMs);
  cancel();
  await clock.advance(60 * dayMs);
  expect(fired).toEqual(["past"]);
});
