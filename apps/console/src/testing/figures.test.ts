import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { metricRecord } from "@moqscope/telemetry";
import { expect, it } from "vitest";
import { type Figure, figures } from "../figures/figures.ts";

const all: readonly Figure[] = Object.values(figures);

it.each(all.map((figure) => [figure.label, figure] as const))("%s comes from metrics that the registry holds", (_, figure) => {
  expect(figure.metrics.filter((name) => metricRecord(name) === undefined)).toEqual([]);
});

it.each(all.map((figure) => [figure.label, figure] as const))(
  "%s stands in docs/console.md with its sentence and metrics",
  async (_, figure) => {
    const text = await readFile(join(import.meta.dirname, "../../../../docs/console.md"), "utf8");
    const row = text.split("\n").find((line) => line.startsWith(`| ${figure.label} |`) && line.includes(figure.explanation));
    expect(row, `a row for ${figure.label}: ${figure.explanation}`).toBeDefined();
    for (const name of figure.metrics) expect(row).toContain(`\`${name}\``);
  },
);
