import type { Point, Series } from "@moqscope/telemetry/query";
import { describe, expect, it } from "vitest";
import { instants, lookbackMs, quotient, sumOfIncreases, sumOfRates, sumOfValues, sumsOf } from "./series.ts";

const one = (points: readonly (readonly [atSeconds: number, value: number])[]): Series => ({
  name: "moq.relay.bytes_sent",
  service: "moq-relay",
  instance: "a",
  attributes: {},
  points: points.map(([at, value]): Point => ({ atMs: at * 1000, value })),
});
const grid = { fromMs: 0, toMs: 4_000, stepMs: 1_000 };

it("ends the grid at its last instant", () => {
  expect(instants({ fromMs: 500, toMs: 3_000, stepMs: 1_000 })).toEqual([1_000, 2_000, 3_000]);
  expect(instants({ fromMs: 9, toMs: 9, stepMs: 1_000 })).toEqual([9]);
});

describe("values", () => {
  it("sums the newest value of each series and is null before the first", () => {
    expect(sumOfValues([one([[1, 2]]), one([[3, 5]])], grid)).toEqual([null, 2, 2, 7, 7]);
  });

  it("forgets a series that went silent, and keeps a true zero", () => {
    const late = { fromMs: lookbackMs, toMs: lookbackMs + 2_000, stepMs: 1_000 };
    expect(sumOfValues([one([[1, 0]])], late)).toEqual([0, 0, null]);
  });
});

describe("increases", () => {
  it("grow over the window and count a restart from zero", () => {
    const line = sumOfIncreases(
      [
        one([
          [0, 100],
          [1, 110],
          [2, 5],
          [3, 15],
          [4, 15],
        ]),
      ],
      grid,
      2_000,
    );
    expect(line).toEqual([0, 10, 15, 15, 10]);
  });

  it("are null where nothing was reported", () => {
    expect(sumOfIncreases([], grid, 1_000)).toEqual([null, null, null, null, null]);
    expect(sumOfIncreases([one([[3, 4]])], grid, 1_000)).toEqual([null, null, null, 0, 0]);
  });
});

it("rates a young series over the time that it covers, not over the whole window", () => {
  const young = one([
    [2, 0],
    [3, 50],
    [4, 100],
  ]);
  expect(sumOfRates([young], grid, 60_000)).toEqual([null, null, null, 50, 50]);
});

it("divides only where there is something to divide by", () => {
  expect(quotient([1, null, 0, 3], [2, 2, 0, null])).toEqual([0.5, null, null, null]);
});

it("takes the sums of histograms as series", () => {
  expect(sumsOf([{ ...one([]), sum: [{ atMs: 1, value: 2 }] }, one([])])).toEqual([
    { ...one([]), sum: [{ atMs: 1, value: 2 }], points: [{ atMs: 1, value: 2 }] },
  ]);
});
