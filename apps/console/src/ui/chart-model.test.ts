import { expect, it } from "vitest";
import { type ChartModel, inWords, newest } from "./chart-model.ts";

const model = (values: readonly (number | null)[]): ChartModel => ({
  label: "Viewers",
  timesMs: values.map((_, index) => 300_000 + index * 1_000),
  lines: [{ label: "viewers", tone: "accent", values }],
  fromMs: 0,
  toMs: 300_000 + (values.length - 1) * 1_000,
  format: String,
  mark: String,
  leastTop: 1,
});

it("says a graph in words, with no data as no data", () => {
  expect(inWords(model([3, 0, 5]))).toBe("Viewers, last 5 minutes. viewers: now 5, lowest 0, highest 5.");
  expect(inWords(model([null, null]))).toBe("Viewers, last 5 minutes. viewers: no data.");
});

it("does not take an old value for the newest", () => {
  const old = model([7, null, null, null, null, null, null]);
  expect(newest(old, old.lines[0] ?? { label: "", tone: "plain", values: [] })).toBeNull();
  expect(inWords(old)).toContain("now no data, lowest 7");
});
