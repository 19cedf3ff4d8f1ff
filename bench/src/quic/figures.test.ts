import { expect, test } from "vitest";
import { type Figures, quicFigures } from "./figures.ts";
import { summarize } from "./report.ts";
import type { Measurement } from "./run.ts";

const turn = (contestant: Measurement["contestant"], round: number, cpuSecondsPerGb: number): Measurement => ({
  contestant,
  round,
  cpuSecondsPerGb,
  p50Ms: 1,
  p99Ms: 2,
  delivered: 1,
});
/** Ours costs `ratio` times what moq-relay does, round by round, whatever the machine does meanwhile. */
function figures(ratio: (round: number) => number): Figures {
  const rounds = Array.from({ length: 20 }, (_, round) => round);
  const all = rounds.flatMap((round) => [
    turn("moq-relay", round, 5 + round),
    turn("quic", round, (5 + round) * ratio(round)),
    turn("websocket", round, 5 + round),
  ]);
  const load = { subscribers: 10, framesPerSecond: 300 };
  return { ...summarize(load, all, 1), pairs: 20, seconds: 1, seed: 1, machine: "Node 26" };
}

test("ratios are those of the rounds, and the aim is met only where the whole interval meets it", () => {
  const steady = figures(() => 1.1);
  expect(steady.overMoqRelay).toMatchObject({ median: expect.closeTo(1.1) as unknown, low: expect.closeTo(1.1) as unknown, count: 20 });
  expect(quicFigures.text([steady])).toContain("| 10 | 1.10 (95 %: 1.10 to 1.10): met |");
  expect(quicFigures.text([figures((round) => 1 + round / 45)])).toMatch(/\| 10 \| 1\.21 .*: met in the median, not beyond doubt \|/);
  expect(quicFigures.text([figures(() => 1.3)])).toContain(": **missed** |");
});

test("a relay that delivered nothing gives no ratio", () => {
  const { overMoqRelay } = summarize({ subscribers: 1, framesPerSecond: 1 }, [turn("quic", 0, 5)], 1);
  expect(overMoqRelay).toBeUndefined();
});
