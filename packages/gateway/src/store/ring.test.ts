import { describe, expect, test } from "vitest";
import { SampleRing } from "./ring.ts";

const pauseMs = 5000;
const values = (ring: SampleRing): number[] => Array.from({ length: ring.size }, (_, index) => ring.at(index));

describe("SampleRing", () => {
  test("keeps the last sample of each second", () => {
    const ring = new SampleRing(1);
    for (const [atMs, value] of [
      [0, 1],
      [999, 2],
      [1000, 3],
      [1500, 4],
      [2000, 5],
    ] as const)
      ring.push(atMs, [value], pauseMs);
    expect(values(ring)).toEqual([2, 4, 5]);
  });

  test("holds 900 moving seconds and forgets the oldest", () => {
    const ring = new SampleRing(2);
    for (let second = 0; second < 2000; second++) ring.push(second * 1000, [second, -second], pauseMs);
    expect(ring.size).toBe(900);
    expect([ring.at(0), ring.at(899), ring.at(899, 1)]).toEqual([1100, 1999, -1999]);
    expect(ring.indexAt(1_500_500)).toBe(400);
    expect(ring.indexAt(0)).toBe(-1);
  });

  test("a flat stretch costs two samples, a pause breaks it", () => {
    const ring = new SampleRing(1);
    for (let second = 0; second < 100; second++) ring.push(second * 1000, [7], pauseMs);
    expect(ring.size).toBe(2);
    expect(ring.isFlatUntil(1)).toBe(true);
    ring.push(200_000, [7], pauseMs);
    expect(ring.size).toBe(3);
    expect(ring.isFlatUntil(2)).toBe(false);
  });

  test("a zero mark is not replaced by the sample of the same second", () => {
    const ring = new SampleRing(1);
    ring.mark(1000);
    ring.push(1001, [5], pauseMs);
    ring.push(1002, [6], pauseMs);
    expect(values(ring)).toEqual([0, 6]);
  });
});
