import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bundle } from "../fixtures/bundle.ts";

/** Budgets, bytes (otel-js.md §2). */
const wholeBudget = 27 * 1024;
const exporterBudget = 5 * 1024;

const kilobytes = (bytes: number): number => Math.round((bytes / 1024) * 10) / 10;

describe("what a page loads for telemetry", () => {
  test("the whole browser set-up is within its budget and as large as the README says", async () => {
    const { gzipBytes } = await bundle('export { startBrowserTelemetry } from "./browser/index.ts";');
    expect(gzipBytes).toBeLessThanOrEqual(wholeBudget);
    const stated = /browser set-up: (\d+\.\d) KB/i.exec(readFileSync(new URL("../../README.md", import.meta.url), "utf8"))?.[1];
    // A new metric or a bundler's release moves some bytes; more is a part that somebody added.
    expect(Math.abs(kilobytes(gzipBytes) - Number(stated)), `README.md says ${stated} KB, it is ${kilobytes(gzipBytes)}`).toBeLessThan(1);
  });

  test("the exporter of ours is within its budget", async () => {
    const { gzipBytes } = await bundle(
      'export { Http } from "./browser/http.ts"; export { reportPoints } from "./browser/points.ts"; export { Reporter } from "./browser/reporter.ts";',
    );
    expect(gzipBytes).toBeLessThanOrEqual(exporterBudget);
  });

  test("nothing of the metric SDK, of stock exporters or of the tables of relay and gateway is in it", async () => {
    const { parts } = await bundle('export { startBrowserTelemetry } from "./browser/index.ts";');
    const packages = [...parts].filter((part) => part.startsWith("@opentelemetry/")).sort();
    expect(packages).toEqual(["api", "core", "resources", "sdk-trace", "semantic-conventions"].map((name) => `@opentelemetry/${name}`));
    expect(
      [...parts].filter((part) =>
        /^(node|options|rules|query)\/|registry\/(?:(?:relay|gateway)\/|process|publisher|countries|anchors|span-notes)/.test(part),
      ),
    ).toEqual([]);
  });

  test("a library that takes a Recorder loads neither OpenTelemetry nor the grammar of queries", async () => {
    const { parts } = await bundle('export { silentRecorder, metrics, events, spans } from "./index.ts";');
    expect([...parts].filter((part) => /opentelemetry|lezer|^check\//.test(part))).toEqual([]);
  });
});
