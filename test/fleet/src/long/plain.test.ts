import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PrometheusServer, prometheusPath } from "../../../../packages/gateway/src/testing/prometheus-server.ts";
import { audience } from "../plain/generator.ts";
import {
  cumulativeToExporter,
  cumulativeToPrometheus,
  deltaToCumulative,
  deltaToExporter,
  fleetOf,
  increaseOf,
  type Pipeline,
} from "../plain/pipelines.ts";

const timeout = 900_000;
/** Not now: what it makes of the same samples must not hang on the hour. */
const beginMs = 1_780_000_000_000;
const endMs = beginMs + 4_500_000;
const path = prometheusPath();
const page = readFileSync(join(import.meta.dirname, "../../../../docs/fleet.md"), "utf8");

const pipelines: readonly Pipeline[] = [cumulativeToPrometheus, cumulativeToExporter, deltaToExporter, deltaToCumulative];
const rows = [
  { sessions: 100, badClocks: 0 },
  { sessions: 1_000, badClocks: 0 },
  { sessions: 1_000, badClocks: 0.01 },
  { sessions: 10_000, badClocks: 0.01 },
];

describe("an hour of sessions without an identity, of the truth", { timeout }, () => {
  test.skipIf(path === undefined).each(rows)("$sessions sessions, clocks that are wrong: $badClocks", async ({ sessions, badClocks }) => {
    const { truth, arrivals } = audience({ seed: 1, sessions, badClocks, beginMs });
    const flags = ["--web.enable-otlp-receiver", "--enable-feature=otlp-deltatocumulative"];
    const shares: number[] = [];
    for (const pipeline of pipelines) {
      // a Prometheus for each: one takes no samples of an hour ago behind those of now
      await using server = await PrometheusServer.start(path ?? "", { flags });
      shares.push((await increaseOf(server, await pipeline(arrivals, server), endMs)) / truth);
    }
    shares.push(fleetOf(arrivals) / truth);
    const cells = shares.map((share) => `${(share * 100).toFixed(1)} %`);
    const line = `| ${sessions.toLocaleString("en-GB").replaceAll(",", " ")} | ${badClocks * 100} % | ${cells.join(" | ")} |`;
    process.stdout.write(`${line}\n`);
    expect(shares.at(-1)).toBe(1);
    expect(page).toContain(line);
  });
});
