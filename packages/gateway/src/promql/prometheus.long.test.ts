import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WirePoint, type WireResult, type WireSeries, wireResult } from "../api-v1/format.ts";
import { queries } from "../testing/arbitrary-query.ts";
import { expressions, withoutThresholds } from "../testing/expressions.ts";
import { neededFamilies } from "../testing/needed-families.ts";
import { PrometheusServer, prometheusPath } from "../testing/prometheus-server.ts";
import { families, samplesOf, sampleWorld, worldEndMs } from "../testing/sample-world.ts";
import type { HistoryStore } from "../tsdb/history-store.ts";
import { instantQuery, rangeQuery } from "./engine.ts";
import { QueryError } from "./query-error.ts";

const path = prometheusPath();
if (path === undefined) process.stderr.write("no Prometheus 3 here (pnpm foreign:build makes one): queries are not compared with it\n");

const tolerance = 1e-9;
const needed = neededFamilies(
  expressions.map(({ expr }) => expr),
  families,
);
interface WireAnswer {
  readonly status: "success" | "error";
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: WireResult;
}

test("the samples give every expression something to say", { timeout: 60_000 }, async () => {
  const world = sampleWorld(needed);
  const range = { startMs: worldEndMs - 80_000_000, endMs: worldEndMs, stepMs: 601_000 };
  const silent: string[] = [];
  for (const { name, expr } of expressions) {
    const { result } = await rangeQuery(withoutThresholds(expr), world, range);
    if (result.type === "matrix" && result.series.length === 0) silent.push(name);
  }
  // the one looks back a day, to where there is nothing; the other speaks only of what is not there
  expect(silent.filter((name) => name !== "MoqTelemetryAbsent")).toEqual(["MoqWebSocketFallback"]);
});

describe.skipIf(path === undefined)("beside Prometheus 3 with the same samples", () => {
  let prometheus: PrometheusServer;
  let world: HistoryStore;
  beforeAll(async () => {
    world = sampleWorld(needed);
    prometheus = await PrometheusServer.start(path ?? "");
    for (const piece of samplesOf(world)) await prometheus.write(piece);
  }, 120_000);
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]();
  });

  const ours = async (run: () => ReturnType<typeof instantQuery>): Promise<WireAnswer> => {
    try {
      return { status: "success", data: wireResult((await run()).result) };
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return { status: "error", errorType: error.type, error: error.message };
    }
  };

  const compareAt = async (query: string, atMs: number): Promise<void> => {
    const theirs = await prometheus.ask<WireAnswer>("query", { query, time: String(atMs / 1000) });
    same(await ours(() => instantQuery(query, world, atMs)), theirs);
  };

  const compareOver = async (query: string, stepMs: number, spanMs: number): Promise<void> => {
    const range = { startMs: worldEndMs - spanMs, endMs: worldEndMs, stepMs };
    const theirs = await prometheus.ask<WireAnswer>("query_range", {
      query,
      start: String(range.startMs / 1000),
      end: String(range.endMs / 1000),
      step: String(stepMs / 1000),
    });
    same(await ours(() => rangeQuery(query, world, range)), theirs);
  };

  describe.each(expressions)("$name", ({ expr }) => {
    test("is the same at one moment", { timeout: 60_000 }, async () => {
      for (const backMs of [7_000, 600_000, 40_000_000]) await compareAt(expr, worldEndMs - backMs);
    });
    test("is the same over time", { timeout: 60_000 }, async () => {
      await compareOver(expr, 15_000, 1_800_000);
      await compareOver(expr, 601_000, 80_000_000);
      if (withoutThresholds(expr) !== expr) await compareOver(withoutThresholds(expr), 601_000, 80_000_000);
    });
  });

  test("queries made up of everything supported are the same", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 0, max: 20_000_000 }), async (query, backMs) => {
        await compareAt(query, worldEndMs - backMs);
        await compareOver(query, 173_000, 7_200_000);
      }),
      { numRuns: Number(process.env["MOQSCOPE_FUZZ_RUNS"] ?? 150) },
    );
  });
});

function same(ours: WireAnswer, theirs: WireAnswer): void {
  if (theirs.status === "error" || ours.status === "error") {
    expect(ours).toMatchObject({ status: theirs.status, ...(theirs.errorType === undefined ? {} : { errorType: theirs.errorType }) });
    return;
  }
  expect(ours.data?.resultType).toBe(theirs.data?.resultType);
  const [mine, other] = [byLabels(ours.data), byLabels(theirs.data)];
  expect([...mine.keys()].toSorted()).toEqual([...other.keys()].toSorted());
  for (const [key, points] of mine) {
    const wanted = other.get(key) ?? [];
    expect(points.map(([at]) => at)).toEqual(wanted.map(([at]) => at));
    const off = points.findIndex(([, value], index) => !isClose(value, wanted[index]?.[1] ?? ""));
    if (off >= 0) expect({ key, point: points[off] }).toEqual({ key, point: wanted[off] });
  }
}

function byLabels(data: WireResult | undefined): Map<string, readonly WirePoint[]> {
  if (data === undefined) return new Map();
  if (data.resultType === "scalar" || data.resultType === "string") return new Map([["", [data.result as WirePoint]]]);
  return new Map(
    (data.result as readonly WireSeries[]).map(({ metric, value, values }) => {
      const key = JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      return [key, values ?? (value === undefined ? [] : [value])];
    }),
  );
}

function isClose(a: string, b: string): boolean {
  if (a === b) return true;
  const [first, second] = [Number(a), Number(b)];
  return Math.abs(first - second) <= tolerance * Math.max(Math.abs(first), Math.abs(second));
}
