import { expect, test } from "vitest";
import { type Contestant, contestants, operations } from "./contestants.ts";
import { type Figures, telemetryFigures } from "./figures.ts";
import { summarize } from "./report.ts";
import { type Measurement, measure } from "./run.ts";

const taken = { pairs: 20, seconds: 1, seed: 1, machine: "Node 26" };

/** Ours takes `ns` in a round, the SDK `ratio` times as long, whatever the machine does meanwhile. */
function figures(ns: (round: number) => number, ratio: number, bytes = 0): Figures {
  const all = Array.from({ length: 20 }, (_, round) =>
    contestants.map((contestant): Measurement => {
      const isSdk = contestant.startsWith("SDK");
      return { contestant, round, nsPerOperation: ns(round) * (isSdk ? ratio : 1), bytesPerOperation: isSdk ? 80 : bytes };
    }),
  ).flat();
  return { ...summarize(8, all, 1), ...taken };
}

test("ratios are those of the rounds, and an aim is met only where the whole interval meets it", () => {
  const fast = figures((round) => 5 + round / 10, 40);
  expect(fast.counterRatio).toMatchObject({ median: expect.closeTo(40) as unknown, low: expect.closeTo(40) as unknown, count: 20 });
  expect(fast.histogramRatio?.median).toBeCloseTo(40);
  const page = telemetryFigures.text([fast]);
  expect(page).toContain("### 8 series of a metric written in turn");
  expect(page).toMatch(/\| 8 \| cell counter \| 6\.\d: met \| met \|/);
  expect(page).not.toContain("| 8 | SDK counter |");
  expect(telemetryFigures.text([figures((round) => 40 + round, 2)])).toContain(": met in the median, not beyond doubt |");
  expect(telemetryFigures.text([figures(() => 51, 2, 16)])).toMatch(/51\.0: \*\*missed\*\* \| \*\*missed\*\* \|/);
});

test("each contestant records", () => {
  const all = operations(8, Float64Array.of(0.5));
  for (const contestant of Object.keys(all) as Contestant[]) expect(() => all[contestant](7, 0)).not.toThrow();
});

test("a short run shows that our cells, and a frame told to the player, allocate nothing; the SDK does", async () => {
  const { rows } = summarize(8, await measure(8, { pairs: 5, seconds: 0.01, seed: 1, progress: () => {} }), 1);
  expect(rows.map(({ contestant }) => contestant)).toEqual(contestants);
  for (const { contestant, nsPerOperation, bytesPerOperation } of rows) {
    expect(nsPerOperation?.median).toBeGreaterThan(0);
    if (contestant.startsWith("SDK")) expect(bytesPerOperation).toBeGreaterThan(100);
    else expect([contestant, bytesPerOperation]).toEqual([contestant, expect.closeTo(0, 0)]);
  }
});
