import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireResult, WireSeries } from "../api-v1/format.ts";
import { exported } from "../testing/exported.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { TestGateway } from "../testing/gateway.ts";
import { histogram, playerResource, request, sum } from "../testing/otlp-json.ts";
import { otlpReceiver, PrometheusServer, prometheusPath } from "../testing/prometheus-server.ts";

const path = prometheusPath();
if (path === undefined)
  process.stderr.write("no Prometheus 3 here (pnpm foreign:build makes one): the OTLP export is not shown against it\n");

const sessionId = "0123456789abcdef";
const labels = { outcome: "started", transport: "websocket" };
const waits = [0.4, 0.5, 1.9, 100];

interface Exemplars {
  readonly data: readonly {
    readonly seriesLabels: Readonly<Record<string, string>>;
    readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
  }[];
}
/** What leads from the start of 1.9 s to its trace. */
const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
function withExemplar(metric: object, atMs: number): Readonly<Record<string, unknown>> {
  const given = structuredClone(metric) as { histogram: { dataPoints: { exemplars?: unknown[] }[] } };
  for (const point of given.histogram.dataPoints) point.exemplars = [{ ...ids, timeUnixNano: `${atMs}000000`, asDouble: 1.9 }];
  return given;
}

describe.skipIf(path === undefined)("an OTLP export into Prometheus 3", () => {
  let prometheus: PrometheusServer;
  let at: TestGateway;
  let endMs = 0;
  const bornMs = Date.now() - 120_000;

  beforeAll(async () => {
    prometheus = await PrometheusServer.start(path ?? "", otlpReceiver);
    at = await TestGateway.start({
      clock: new FakeClock(bornMs),
      instanceId: "g1",
      cloudRegion: "eu",
      export: { endpoint: `${prometheus.url}/api/v1/otlp` },
    });
    await exported(at);
    const startMs = at.clock.now();
    for (let sequence = 1; sequence <= 3; sequence++) {
      const times = { startMs, timeMs: at.clock.now() };
      const startup = histogram("moq.client.startup_time", waits.slice(0, sequence + 1), { transport: "websocket" }, times);
      const answer = await at.report(
        request(playerResource({ sessionId, sequence, acked: sequence - 1 }), [
          sum("moq.client.play_attempts", sequence, labels, times),
          withExemplar(startup, times.timeMs),
        ]),
      );
      expect(answer.status).toBe(200);
      await exported(at);
      await exported(at);
    }
    endMs = at.clock.now();
  }, 60_000);
  afterAll(async () => {
    await at.close();
    await prometheus[Symbol.asyncDispose]();
  });

  const series = async (query: string): Promise<Record<string, number>> => {
    const { data } = await prometheus.ask<{ data: WireResult }>("query", { query, time: String(endMs / 1000) });
    return Object.fromEntries(
      (data.result as readonly WireSeries[]).map(({ metric, value }) => [
        JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1))),
        Number(value?.[1]),
      ]),
    );
  };
  const ours = async (query: string): Promise<Record<string, number>> => {
    const { data } = await at.ask<{ data: WireResult }>(`api/v1/query?${new URLSearchParams({ query, time: String(endMs / 1000) })}`);
    return Object.fromEntries(
      (data.result as readonly WireSeries[]).map(({ metric, value }) => [
        JSON.stringify(Object.entries({ ...metric, cloud_region: "eu" }).toSorted(([a], [b]) => (a < b ? -1 : 1))),
        Number(value?.[1]),
      ]),
    );
  };

  test("counters and histograms of the audience read back as they are here, label by label", async () => {
    for (const name of [
      "moq_client_play_attempts_total",
      "moq_client_startup_time_seconds_bucket",
      "moq_client_startup_time_seconds_count",
    ]) {
      const there = await series(name);
      expect(Object.keys(there).length).toBeGreaterThan(0);
      expect(there).toEqual(await ours(name));
    }
    expect(await series('sum(moq_client_play_attempts_total{outcome="started"})')).toEqual({ "[]": 3 });
    expect(await series('moq_client_startup_time_seconds_bucket{le="2"}')).toEqual(
      await ours('moq_client_startup_time_seconds_bucket{le="2"}'),
    );
  });

  test("a series that began here grows from zero: `increase` sees its first value", async () => {
    const [attempts] = Object.values(await series('sum(increase(moq_client_play_attempts_total{outcome="started"}[10m]))'));
    expect(attempts).toBeGreaterThan(2.9);
    const [starts] = Object.values(await series("sum(increase(moq_client_startup_time_seconds_count[10m]))"));
    expect(starts).toBeGreaterThan(3.9);
  });

  test("an exemplar leads from a bucket to the trace of a session", async () => {
    const found = await prometheus.ask<Exemplars>("query_exemplars", {
      query: "moq_client_startup_time_seconds_bucket",
      start: String(bornMs / 1000),
      end: String(endMs / 1000),
    });
    const all = found.data.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels: own, value }) => [seriesLabels["le"], own, value]),
    );
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify(["2", { span_id: ids.spanId, trace_id: ids.traceId }, "1.9"])]),
    );
  });

  test("the gateway's own metrics come by the same stream", async () => {
    const reports = await series('moq_gateway_reports_total{signal="metrics"}');
    expect(reports).toEqual(await ours('moq_gateway_reports_total{signal="metrics"}'));
    expect(Object.keys(reports)).toEqual([expect.stringContaining('["instance","g1"],["job","moq-gateway"]') as string]);
  });
});
