import { expect, test } from "vitest";
import { quantileWithin, sum } from "./buckets.ts";
import { type Figures, relayFigures, relayMemoryFigures } from "./figures.ts";
import { agrees, summarize } from "./report.ts";
import type { Measurement } from "./run.ts";

const turn = (relay: Measurement["relay"], round: number, cpuSecondsPerGb: number): Measurement => ({
  relay,
  round,
  cpuSecondsPerGb,
  cpuShare: 10,
  forwardMs: [0.3, 0.4, 0.9],
  own: relay === "websocket" ? { bounds: [0.0001, 0.0005, 0.001], counts: [1, 2, 1, 0] } : undefined,
  delivered: 1,
});
/** Ours costs `ratio` times what moq-relay does, round by round, whatever the machine does meanwhile. */
function figures(ratio: number, forwardMs = [0.4]): Figures {
  const rounds = Array.from({ length: 6 }, (_, round) => round);
  const measurements = rounds.flatMap((round) => [
    turn("moq-relay-websocket", round, 3 + round),
    { ...turn("websocket", round, (3 + round) * ratio), forwardMs },
  ]);
  return {
    ...summarize(100, { measurements, joins: new Map([["websocket", [5, 7, 9]]]) }, 1),
    pairs: 6,
    seconds: 2,
    seed: 1,
    machine: "Node 26",
  };
}

test("the aims are judged by our relay over WebSocket: CPU by the rounds' ratios, forward time by what was measured outside", () => {
  const text = relayFigures.text([figures(0.9)]);
  expect(text).toContain("| 100 | 0.90 (95 %: 0.90 to 0.90): met | 0.40 ms: met |");
  expect(text).toContain(
    "| ours, WebSocket | 4.95 | 10 % | 0.40 | 0.40 | 0.1 to 0.5: agrees | 0.5 to 1: **does not agree** | 7.0 | 100.0 % |",
  );
  expect(relayFigures.text([figures(1.1, [1.2])])).toContain("| 100 | 1.10 (95 %: 1.10 to 1.10): **missed** | 1.20 ms: **missed** |");
});

test("a relay's own figure agrees with the one outside where both can be true", () => {
  expect(agrees({ outsideMs: 0.6, own: [0.1, 0.25] })).toBe(true);
  expect(agrees({ outsideMs: 0.8, own: [0.1, 0.25] })).toBe(false);
  expect(agrees({ outsideMs: 0.05, own: [0.1, 0.25] })).toBe(false);
  expect(agrees({ outsideMs: 9, own: [2.5, null] })).toBe(true);
  expect(agrees({ outsideMs: 9, own: undefined })).toBeUndefined();
});

test("a quantile of buckets lies within the bounds of its bucket", () => {
  const one = { bounds: [0.001, 0.01], counts: [50, 49, 1] };
  expect(quantileWithin(one, 0.5)).toEqual([0, 1]);
  expect(quantileWithin(one, 0.99)).toEqual([1, 10]);
  expect(quantileWithin(one, 1)).toEqual([10, Number.POSITIVE_INFINITY]);
  expect(sum([one, { bounds: [], counts: [] }, one])?.counts).toEqual([100, 98, 2]);
  expect(sum([{ bounds: [], counts: [] }])).toBeUndefined();
});

test("an idle session is judged by its heap and by what the process has grown in the system", () => {
  const held = { resident: 39_000, heap: 30_000 };
  const memory = {
    rows: [{ relay: "websocket" as const, idleSession: held, cachedSecond: held }],
    pairs: 6,
    seconds: 2,
    seed: 1,
    machine: "Node 26",
  };
  expect(relayMemoryFigures.text([memory])).toContain("30.0 kB (met) of heap and what it holds outside, 39.0 kB (met) resident");
  const more = { ...held, resident: 41_000 };
  expect(relayMemoryFigures.text([{ ...memory, rows: [{ relay: "websocket", idleSession: more, cachedSecond: held }] }])).toContain(
    "**missed**",
  );
});
