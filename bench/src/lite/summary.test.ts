import { expect, test } from "vitest";
import type { Entrant } from "./messages.ts";
import type { Measurement } from "./run.ts";
import { summarize } from "./summary.ts";

const load = { subscribers: 10, framesPerSecond: 300 };
function measured(round: number, entrant: Entrant, cpuSecondsPerGb: number | undefined): Measurement {
  return { round, entrant, cpuSecondsPerGb, p50Ms: 1, p99Ms: 2, loopDelayP99Ms: 3, delivered: 1 };
}

test("ratios are taken of whole processes round by round, and of what serving costs", () => {
  const costs = { ours: 16, raw: 14, net: 34, nobody: 10 } as const;
  const all = [1, 2, 3].flatMap((factor, round) =>
    Object.entries(costs).map(([entrant, cost]) => measured(round, entrant as Entrant, cost * factor)),
  );
  const { oursOverRaw, netOverOurs, rows } = summarize(load, all, 1);
  expect(oursOverRaw.whole?.median).toBeCloseTo(16 / 14);
  expect(oursOverRaw.serving?.median).toBeCloseTo(6 / 4);
  expect(netOverOurs.whole?.median).toBeCloseTo(34 / 16);
  expect(netOverOurs.serving?.median).toBeCloseTo(24 / 6);
  expect(rows.map(({ cpuSecondsPerGb }) => cpuSecondsPerGb)).toEqual([32, 28, 68, 20]);
});

test("what was not measured is absent: no ratio over a server that delivered nothing, or that costs no more than serving nobody", () => {
  const nothing = summarize(load, [measured(0, "ours", 10), measured(0, "raw", undefined), measured(0, "nobody", 5)], 1);
  expect(nothing.oursOverRaw).toEqual({ whole: undefined, serving: undefined });
  const free = summarize(load, [measured(0, "ours", 10), measured(0, "raw", 5), measured(0, "nobody", 5)], 1);
  expect(free.oursOverRaw.whole?.median).toBe(2);
  expect(free.oursOverRaw.serving).toBeUndefined();
});
