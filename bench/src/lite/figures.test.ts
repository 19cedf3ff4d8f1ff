import { expect, test } from "vitest";
import { within } from "../figures.ts";
import { type Figures, liteFigures } from "./figures.ts";

const one = (value: number) => ({ median: value, low: value - 0.1, high: value + 0.1, count: 20 });
const figures: Figures = {
  subscribers: 50,
  framesPerSecond: 60,
  rows: [
    { entrant: "ours", cpuSecondsPerGb: 5, p50Ms: 1, p99Ms: 2, loopDelayP99Ms: 7.6, delivered: 1 },
    { entrant: "nobody", cpuSecondsPerGb: 1 },
  ],
  oursOverRaw: { whole: one(1.25), serving: one(1.2) },
  netOverOurs: { whole: one(2.9), serving: one(3.5) },
  pairs: 20,
  seconds: 1,
  seed: 1,
  machine: "Node 26, 2 × some processor",
};

test("figures say where they were taken, and an aim is met only where the whole interval meets it", () => {
  const page = liteFigures.text([figures]);
  expect(page).toContain("### 50 subscribers, 60 frames of 4 KiB per second each");
  expect(page).toContain("| ours | 5.00 | 1.00 | 2.00 | 7.60 | 100.0 % |");
  expect(page).toContain("| nobody served | 1.00 | – | – | – | – |");
  expect(page).toContain("20 rounds of 1 s, seed 1. Node 26, 2 × some processor.");
  expect(page).toContain(
    "| 50 | 1.25 (95 %: 1.15 to 1.35): met in the median, not beyond doubt | 2.90 (95 %: 2.80 to 3.00): **missed** | 7.6 ms: met |",
  );
});

test("they are written between the marks and nowhere else", () => {
  const marks = ["<!-- figures of `pnpm bench lite --write`: begin -->", "<!-- figures of `pnpm bench lite --write`: end -->"];
  const page = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  expect(within(page, "lite", "new")).toBe(`before\n${marks[0]}\n\nnew\n${marks[1]}\nafter\n`);
  expect(() => within("no marks", "lite", "new")).toThrow(RangeError);
});
