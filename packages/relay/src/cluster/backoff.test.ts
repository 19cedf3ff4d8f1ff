import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

test("waits double from 1 s to 10 s, for ever", () => {
  const backoff = new Backoff(() => 1);
  expect(Array.from({ length: 7 }, () => backoff.next(0))).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});
test("each wait is jittered down to its half", () => {
  expect(new Backoff(() => 0).next(0)).toBe(500);
  expect(new Backoff(() => 0.5).next(0)).toBe(750);
});
test("a session of 10 s makes the next wait the first again, a shorter one does not", () => {
  const backoff = new Backoff(() => 1);
  for (let failure = 0; failure < 4; failure++) backoff.next(0);
  expect(backoff.next(9_999)).toBe(10_000);
  expect(backoff.next(10_000)).toBe(1_000);
  expect(backoff.next(0)).toBe(2_000);
});
