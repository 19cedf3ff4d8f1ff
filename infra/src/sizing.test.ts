import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measured, sizeFor } from "./sizing.ts";

const bench = readFileSync(join(import.meta.dirname, "../../bench/README.md"), "utf8");

test("what sizing takes for measured is what the bench's page says", () => {
  const { requestsPerSecond, percentOfCore, kibPerSession } = measured.gateway;
  expect(bench).toContain(`| memory of a session of 100 points | ${kibPerSession} KiB |`);
  expect(bench).toMatch(new RegExp(`at 3 333 requests/s \\| ${requestsPerSecond} requests/s, .*gateway ${percentOfCore} % of a core`));
  expect(measured.relayCpuPerGb.webSocket).toBeGreaterThan(1);
  expect(measured.relayCpuPerGb.quic).toBeGreaterThan(1);
});
test("an audience ten times as large needs ten times the egress and the work of gateways, and never less than two relays", () => {
  const [small, large] = [sizeFor(1_000, 10), sizeFor(10_000, 10)];
  expect(large.egressGbit / small.egressGbit).toBeCloseTo(10);
  expect(large.gatewayCores / small.gatewayCores).toBeCloseTo(10);
  expect(large.relayCoresWebSocket).toBeGreaterThan(small.relayCoresWebSocket);
  expect(sizeFor(1, 10).relayCoresWebSocket).toBe(2);
});
