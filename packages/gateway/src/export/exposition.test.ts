import { spawnSync } from "node:child_process";
import { metricRecord } from "@moqscope/telemetry";
import { expect, test } from "vitest";
import { noPromtool, promtoolPath } from "../../../../scripts/foreign/promtool.ts";
import { TestGateway } from "../testing/gateway.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";
import { exposition } from "./exposition.ts";
import type { SeriesView } from "./series-view.ts";

const nowMs = 1_800_000_100_000;
const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

function view(name: string, row: readonly number[], more: Partial<SeriesView> = {}): SeriesView {
  const record = metricRecord(name);
  if (record === undefined) throw new Error(`no metric ${name}`);
  return { key: name, name, record, attributes: {}, bounds: undefined, startMs: 1_800_000_000_000, row, exemplars: [], ...more };
}
const page = (series: readonly SeriesView[], form: "text" | "openmetrics", cloudRegion?: string): string[] =>
  exposition([{ service: "moq-player", series }], { instance: "g1", cloudRegion, nowMs, exposition: form }).split("\n");

test("OpenMetrics has unit, birth and young exemplars; a counter's family has no _total", () => {
  const attempts = view("moq.client.play_attempts", [3], {
    attributes: { outcome: 'a "b"\\\n' },
    exemplars: [{ ...ids, value: 1, atMs: nowMs - 1000 }],
  });
  expect(page([attempts], "openmetrics", "eu").slice(1)).toEqual([
    "# TYPE moq_client_play_attempts counter",
    'moq_client_play_attempts_total{job="moq-player",instance="g1",cloud_region="eu",outcome="a \\"b\\"\\\\\\n"} 3 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 1 1800000099',
    'moq_client_play_attempts_created{job="moq-player",instance="g1",cloud_region="eu",outcome="a \\"b\\"\\\\\\n"} 1800000000',
    "# EOF",
    "",
  ]);
  const startup = view("moq.client.startup_time", [3, 4.5, 1, 1, 1], {
    bounds: [1, 2.5],
    exemplars: [undefined, { ...ids, value: 2, atMs: nowMs }, { ...ids, value: 9, atMs: nowMs - 60_001 }],
  });
  expect(page([startup], "openmetrics").slice(1)).toEqual([
    "# TYPE moq_client_startup_time_seconds histogram",
    "# UNIT moq_client_startup_time_seconds seconds",
    'moq_client_startup_time_seconds_bucket{job="moq-player",instance="g1",le="1.0"} 1',
    `moq_client_startup_time_seconds_bucket{job="moq-player",instance="g1",le="2.5"} 2 # {trace_id="${ids.traceId}",span_id="${ids.spanId}"} 2 1800000100`,
    'moq_client_startup_time_seconds_bucket{job="moq-player",instance="g1",le="+Inf"} 3',
    'moq_client_startup_time_seconds_sum{job="moq-player",instance="g1"} 4.5',
    'moq_client_startup_time_seconds_count{job="moq-player",instance="g1"} 3',
    'moq_client_startup_time_seconds_created{job="moq-player",instance="g1"} 1800000000',
    "# EOF",
    "",
  ]);
});

test("Prometheus text has neither, and names the series", () => {
  const lines = page([view("moq.client.play_attempts", [3], { exemplars: [{ ...ids, value: 1, atMs: nowMs }] })], "text");
  expect(lines.slice(1)).toEqual([
    "# TYPE moq_client_play_attempts_total counter",
    'moq_client_play_attempts_total{job="moq-player",instance="g1"} 3',
    "",
  ]);
});

test("`promtool check metrics` takes the page, and remarks on a name of OpenTelemetry's alone", async ({ skip }) => {
  const promtool = promtoolPath();
  if (promtool === undefined) return skip(noPromtool);
  await using at = await TestGateway.start();
  const times = { startMs: at.bornMs, timeMs: at.clock.now() };
  await at.report(
    request(playerResource({ sessionId: "0123456789abcdef", sequence: 1, acked: 0 }), [
      sum("moq.client.play_attempts", 2, { outcome: "started", transport: "websocket" }, times),
      histogram("moq.client.startup_time", [0.4, 7], { transport: "websocket" }, times),
    ]),
  );
  at.clock.advance(1000);
  const input = await (await fetch(`${at.gateway.consoleUrl}/metrics`)).text();
  expect(input).toContain("moq_client_startup_time_seconds_bucket");
  const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
  // 3: it reads, and has a remark; this name is that of the semantic conventions
  const remark = 'process_unix_file_descriptor_count non-histogram and non-summary metrics should not have "_count" suffix\n';
  expect({ status, said: stdout + stderr }).toEqual({ status: 3, said: remark });
});
