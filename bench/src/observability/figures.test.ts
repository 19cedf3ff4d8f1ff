import { expect, test } from "vitest";
import { type Figures, observabilityFigures } from "./figures.ts";
import { summarize } from "./report.ts";
import type { Measurement } from "./run.ts";

const rounds = Array.from({ length: 20 }, (_, round) => round);
/** Everything costs `ratio` times what silence does, round by round, whatever the machine does meanwhile. */
function figures(ratio: (round: number) => number, slower = 1): Figures {
  const turn = (at: Measurement["at"], round: number, cpuSeconds: number, forwardMs: number): Measurement => ({
    at,
    round,
    cpuSeconds,
    gigabytes: 0.01,
    forwardMs: [forwardMs, forwardMs],
  });
  const all = rounds.flatMap((round) => [
    turn("silent", round, 0.1 + round / 100, 1),
    turn("everything", round, (0.1 + round / 100) * ratio(round), slower),
  ]);
  const counts = [
    { at: "silent" as const, perFrame: [1000, 1001, 1002] },
    { at: "everything" as const, perFrame: [1010, 1012, 1011] },
  ];
  const load = { subscribers: 50, framesPerSecond: 60 };
  return { ...summarize(load, all, { counts, seed: 1 }), pairs: 20, seconds: 1, seed: 1, machine: "Node 26" };
}

test("ratios are those of the sums, so that an export in one round of ten counts as a tenth", () => {
  const { cpu, instructions } = figures((round) => (round % 10 === 9 ? 1.1 : 1));
  expect(cpu?.median).toBeCloseTo(1 + (0.1 * (0.19 + 0.29)) / rounds.reduce((sum, round) => sum + 0.1 + round / 100, 0), 5);
  expect(instructions?.median).toBeCloseTo(1011 / 1001, 5);
});

test("the aim is met only where the whole interval meets it; a p99 above 1 with all its interval is missed", () => {
  expect(observabilityFigures.text([figures(() => 1.01)])).toMatch(/\| 50 \| 1\.010 .*: met \| 1\.010 .*: met \| 1\.000 .*: met \|/);
  expect(observabilityFigures.text([figures((round) => (round % 2 ? 1 : 1.03))])).toContain("met in the median, not beyond doubt");
  expect(observabilityFigures.text([figures(() => 1.03, 1.2)])).toMatch(/1\.030 .*: \*\*missed\*\* \| 1\.200 .*: \*\*missed\*\*/);
});

test("what was not counted is said so", () => {
  const { instructions } = summarize({ subscribers: 1, framesPerSecond: 1 }, [], { counts: [], seed: 1 });
  expect(instructions).toBeUndefined();
});
