import { describe, expect, test } from "vitest";
import type { WireResult, WireSeries } from "../api-v1/format.ts";
import { TestGateway } from "../testing/gateway.ts";
import { histogram, playerResource, request, sum, type Times, upDown } from "../testing/otlp-json.ts";

const relay = { "service.name": "moq-relay", "service.instance.id": "ams-1", "cloud.region": "eu" };
const now = (at: TestGateway): Times => ({ startMs: at.clock.now() - 1000, timeMs: at.clock.now() });

async function query(at: TestGateway, text: string): Promise<Record<string, number>> {
  const time = String(at.clock.now() / 1000);
  const answer = await at.ask<{ data: WireResult }>(`api/v1/query?${new URLSearchParams({ query: text, time })}`);
  const series = answer.data.result as readonly WireSeries[];
  return Object.fromEntries(
    series.map(({ metric, value }) => [
      Object.entries(metric)
        .map(([name, given]) => `${name}=${given}`)
        .join(" "),
      Number(value?.[1]),
    ]),
  );
}

describe("what a relay exports", () => {
  test("stands under Prometheus' names, with job, instance and region", async () => {
    await using at = await TestGateway.start();
    const bytes = sum("moq.relay.bytes_sent", 7, { peer: "client" }, now(at));
    await at.export(request(relay, [bytes]));
    at.clock.advance(1000);
    expect(await query(at, "moq_relay_bytes_sent_total")).toEqual({
      "__name__=moq_relay_bytes_sent_total cloud_region=eu instance=ams-1 job=moq-relay peer=client": 7,
    });
  });

  test("grew from zero where its birth is known", async () => {
    await using at = await TestGateway.start();
    const startMs = at.clock.now();
    for (let second = 1; second <= 30; second++) {
      at.clock.advance(1000);
      await at.export(request(relay, [sum("moq.relay.bytes_sent", second * 10, { peer: "client" }, { startMs, timeMs: at.clock.now() })]));
    }
    at.clock.advance(1000);
    const [growth] = Object.values(await query(at, "increase(moq_relay_bytes_sent_total[2m])"));
    expect(growth).toBeGreaterThanOrEqual(300);
    expect(growth).toBeLessThan(315);
  });

  test("counts what it had at its first sample", async () => {
    await using at = await TestGateway.start();
    const other = (): unknown => request(relay, [upDown("moq.relay.active_subscribers", 3, { peer: "client" }, now(at))]);
    for (let second = 0; second < 20; second++) {
      at.clock.advance(1000);
      await at.export(other());
    }
    const startMs = at.clock.now() - 500;
    for (let second = 0; second < 10; second++) {
      at.clock.advance(1000);
      await at.export(request(relay, [sum("moq.relay.bytes_sent", 100, { peer: "client" }, { startMs, timeMs: at.clock.now() })]));
    }
    at.clock.advance(1000);
    const [growth] = Object.values(await query(at, "increase(moq_relay_bytes_sent_total[30s])"));
    expect(growth).toBeGreaterThanOrEqual(100);
    expect(growth).toBeLessThan(120);
  });

  test("ends when the relay falls silent, and its past can still be asked for", async () => {
    await using at = await TestGateway.start();
    await at.export(request(relay, [upDown("moq.relay.active_subscribers", 3, { peer: "client" }, now(at))]));
    at.clock.advance(2000);
    expect(Object.values(await query(at, "moq_relay_active_subscribers"))).toEqual([3]);
    at.clock.advance(60_000);
    expect(await query(at, "moq_relay_active_subscribers")).toEqual({});
    expect(Object.values(await query(at, "last_over_time(moq_relay_active_subscribers[5m])"))).toEqual([3]);
  });
});

describe("what the gateway counts itself", () => {
  const report = async (at: TestGateway, sequence: number, value: number): Promise<void> => {
    const labels = { outcome: "started", transport: "websocket" };
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const given = { sessionId: "0123456789abcdef", sequence, acked: sequence - 1 };
    const answer = await at.report(request(playerResource(given), [sum("moq.client.play_attempts", value, labels, times)]));
    expect(answer.status).toBe(200);
  };

  test("is there from the start at zero, and grows by what players report", async () => {
    await using at = await TestGateway.start();
    const attempts = "sum(moq_client_play_attempts_total)";
    expect(await query(at, attempts)).toEqual({ "": 0 });
    at.clock.advance(10_000);
    await report(at, 1, 5);
    at.clock.advance(1000);
    expect(await query(at, attempts)).toEqual({ "": 5 });
    expect(await query(at, 'count(moq_client_play_attempts_total{outcome="started"}) > 1')).not.toEqual({});
    const [growth] = Object.values(await query(at, "sum(increase(moq_client_play_attempts_total[10s]))"));
    expect(growth).toBeCloseTo(5, 9);
  });

  test("goes on counting after a pause of the audience, in the store, the history and the summary's answers", async () => {
    await using at = await TestGateway.start();
    await report(at, 1, 5);
    at.clock.advance(20 * 60_000);
    await at.report(
      request(playerResource({ sessionId: "fedcba9876543210", sequence: 1, acked: 0 }), [
        sum(
          "moq.client.play_attempts",
          2,
          { outcome: "started", transport: "websocket" },
          { startMs: at.clock.now() - 10, timeMs: at.clock.now() },
        ),
      ]),
    );
    at.clock.advance(1000);
    expect(await query(at, "sum(moq_client_play_attempts_total)")).toEqual({ "": 7 });
    expect((await at.metrics("name=moq.client.play_attempts")).metrics.map(({ value }) => value)).toEqual([7]);
    expect(Object.values(await query(at, "sum(resets(moq_client_play_attempts_total[30m]))"))).toEqual([0]);
  });
});

test("a histogram has cumulative buckets with +Inf, sum and count", async () => {
  await using at = await TestGateway.start();
  await at.export(request(relay, [histogram("moq.client.startup_time", [0.4, 0.5, 1.9, 100], { transport: "quic" }, now(at))]));
  at.clock.advance(1000);
  const found = await query(at, 'sum by (__name__, le) ({__name__=~"moq_client_startup_time_seconds.*",le=~"|0.5|2|.Inf"})');
  expect(found).toEqual({
    "__name__=moq_client_startup_time_seconds_bucket le=0.5": 2,
    "__name__=moq_client_startup_time_seconds_bucket le=2": 3,
    "__name__=moq_client_startup_time_seconds_bucket le=+Inf": 4,
    "__name__=moq_client_startup_time_seconds_count": 4,
    "__name__=moq_client_startup_time_seconds_sum": 102.8,
  });
});
