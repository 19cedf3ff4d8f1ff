import { describe, expect, test } from "vitest";
import { TestGateway } from "./testing/gateway.ts";
import { gauge, histogram, playerResource, request, sum, upDown } from "./testing/otlp-json.ts";

const relay = { "service.name": "moq-relay", "service.instance.id": "relay-1" };
const client = { transport: "websocket", peer: "client" };

/** What a relay that started `ageMs` ago exports. */
function relayExport(
  at: TestGateway,
  state: { ageMs: number; viewers: number; sent: number; received: number; broadcasts: number },
): unknown {
  const nowMs = at.clock.now();
  const times = { startMs: nowMs - state.ageMs, timeMs: nowMs };
  return request(relay, [
    upDown("moq.relay.active_subscribers", state.viewers, client, times),
    upDown("moq.relay.active_subscribers", 1, { transport: "websocket", peer: "relay" }, times),
    upDown("moq.relay.active_streams", state.broadcasts, { origin: "local" }, times),
    upDown("moq.relay.active_streams", 5, { origin: "remote" }, times),
    upDown("moq.relay.broadcast.subscribers", state.viewers, { broadcast: "demo" }, times),
    sum("moq.relay.bytes_sent", state.sent, client, times),
    sum("moq.relay.bytes_sent", 1e9, { transport: "websocket", peer: "relay" }, times),
    sum("moq.relay.bytes_received", state.received, { transport: "websocket", peer: "publisher" }, times),
    gauge("moq.relay.certificate_expiry", 86_400, {}, times),
  ]);
}

describe("before anything reported", () => {
  test("every figure of the summary is null, none is 0", async () => {
    await using gateway = await TestGateway.start();
    const { nowMs, windowMs, rateWindowMs, sources, ...figures } = await gateway.summary();
    expect(nowMs).toBe(gateway.clock.now());
    expect(windowMs).toBe(60_000);
    expect(rateWindowMs, "never under 10 s").toBe(10_000);
    expect(sources.map(({ service }) => service)).toEqual(["moq-gateway"]);
    expect(figures).toEqual({
      liveBroadcasts: null,
      viewers: null,
      bitsInPerSecond: null,
      bitsOutPerSecond: null,
      sessions: {},
      attempts: null,
      startup: null,
      buffer: null,
      stalls: null,
      broadcasts: [],
      transports: [],
      links: [],
    });
  });
});

describe("a relay", () => {
  test("its known truth comes out exactly, newest value at most 2 s old", async () => {
    await using gateway = await TestGateway.start();
    for (let second = 1; second <= 30; second++) {
      gateway.clock.advance(1000);
      const state = { ageMs: second * 1000, viewers: second % 4, sent: second * 125_000, received: second * 12_500, broadcasts: 2 };
      await gateway.export(relayExport(gateway, state));
    }
    gateway.clock.advance(900);
    const summary = await gateway.summary();
    expect(summary.viewers?.value).toBe(2);
    expect(summary.liveBroadcasts?.value).toBe(2);
    expect(summary.bitsOutPerSecond?.value).toBeCloseTo(1_000_000, 3);
    expect(summary.bitsInPerSecond?.value).toBeCloseTo(100_000, 3);
    expect(summary.broadcasts).toMatchObject([{ broadcast: "demo", viewers: { value: 2 }, bitsInPerSecond: null }]);
    expect(summary.transports).toMatchObject([{ transport: "websocket", viewers: { value: 2 }, connections: {}, startup: null }]);
    for (const reading of [summary.viewers, summary.liveBroadcasts, summary.bitsOutPerSecond]) {
      expect(summary.nowMs - (reading?.atMs ?? 0)).toBeLessThanOrEqual(2000);
    }
  });

  test("that was there before the gateway: what it counted long ago is no rate of now", async () => {
    await using gateway = await TestGateway.start();
    for (let second = 0; second <= 5; second++) {
      await gateway.export(
        relayExport(gateway, { ageMs: 3_600_000 + second * 1000, viewers: 0, sent: 9e9 + second * 1000, received: 0, broadcasts: 0 }),
      );
      gateway.clock.advance(1000);
    }
    const { bitsOutPerSecond } = await gateway.summary();
    expect(bitsOutPerSecond?.value).toBeCloseTo(8000, 3);
  });

  test("that dies has no viewers and no rate after 5 s: no data, not the last value and not 0", async () => {
    await using gateway = await TestGateway.start();
    for (let second = 1; second <= 5; second++) {
      gateway.clock.advance(1000);
      await gateway.export(relayExport(gateway, { ageMs: second * 1000, viewers: 3, sent: second * 1000, received: 0, broadcasts: 1 }));
    }
    gateway.clock.advance(5000);
    expect((await gateway.summary()).viewers?.value).toBe(3);
    gateway.clock.advance(1);
    const summary = await gateway.summary();
    expect(summary).toMatchObject({ viewers: null, liveBroadcasts: null, bitsOutPerSecond: null, bitsInPerSecond: null });
    expect(summary.broadcasts).toMatchObject([{ broadcast: "demo", viewers: null }]);
    expect((await gateway.metrics("name=moq.relay.active_subscribers")).metrics).toEqual([]);
    expect((await gateway.metrics("name=moq.relay.bytes_sent&attributes=peer=client")).metrics).toMatchObject([{ value: 5000 }]);
    gateway.clock.advance(900_000);
    expect((await gateway.metrics("service=moq-relay")).metrics).toEqual([]);
  });

  test("that restarts with the same name loses nothing of its counts", async () => {
    await using gateway = await TestGateway.start();
    const sent = [100, 200, 300, 50, 80];
    for (const [second, value] of sent.entries()) {
      gateway.clock.advance(1000);
      const ageMs = second < 3 ? (second + 1) * 1000 : (second - 2) * 1000;
      await gateway.export(relayExport(gateway, { ageMs, viewers: 0, sent: value, received: 0, broadcasts: 0 }));
    }
    const { bitsOutPerSecond } = await gateway.summary();
    expect(((bitsOutPerSecond?.value ?? 0) * 5) / 8).toBeCloseTo(380, 6);
  });

  test("two of them are added", async () => {
    await using gateway = await TestGateway.start();
    for (const instance of ["relay-1", "relay-2"]) {
      const times = { startMs: gateway.clock.now() - 1000, timeMs: gateway.clock.now() };
      const body = request({ ...relay, "service.instance.id": instance }, [upDown("moq.relay.active_subscribers", 4, client, times)]);
      await gateway.export(body);
    }
    const { viewers, sources } = await gateway.summary();
    expect(viewers?.value).toBe(8);
    expect(sources.filter(({ service }) => service === "moq-relay").map(({ instance }) => instance)).toEqual(["relay-1", "relay-2"]);
  });
});

describe("players", () => {
  const transport = "websocket";
  const play = async (gateway: TestGateway, player: number, sequence: number, state = "playing"): Promise<void> => {
    const startMs = gateway.bornMs;
    const times = { startMs, timeMs: gateway.clock.now() };
    const resource = playerResource({ sessionId: `player-with-number-${player}`, sequence, acked: sequence - 1, state });
    const stall = { cause: "network", transport };
    const all = [
      sum("moq.client.play_attempts", 1, { outcome: player === 3 ? "failed" : "started", transport }, times),
      sum("moq.client.connections", 1, { transport, result: "ok" }, times),
      sum("moq.client.play_time", 0.9 * sequence, { transport }, times),
      sum("moq.client.rebuffer_time", 0.1 * sequence, stall, times),
      sum("moq.client.rebuffer_count", sequence, stall, times),
      histogram(
        "moq.client.buffer_length",
        Array.from({ length: sequence }, () => 0.15),
        { media: "video", transport },
        times,
      ),
      histogram(
        "moq.client.buffer_length",
        Array.from({ length: sequence }, () => 9),
        { media: "audio", transport },
        times,
      ),
      ...(player === 3 ? [] : [histogram("moq.client.startup_time", [0.25 + player], { transport }, times)]),
    ];
    const response = await gateway.report(request(resource, all));
    expect(response.headers.get("moq-resync")).toBeNull();
    expect(await response.json()).toEqual({});
  };

  test("known truth in, exact figures out", async () => {
    await using gateway = await TestGateway.start();
    for (let second = 1; second <= 10; second++) {
      gateway.clock.advance(1000);
      for (const player of [0, 1, 2, 3]) await play(gateway, player, second, player === 2 ? "paused" : "playing");
    }
    const summary = await gateway.summary();
    expect(summary.sessions).toEqual({ playing: 3, paused: 1 });
    expect(summary.attempts).toEqual({ started: 3, failed: 1, exited: 0 });
    expect(summary.startup).toMatchObject({ count: 3, sum: 0.25 + 1.25 + 2.25 });
    // ranks 1.5 and 2.85 of 3: the middle of (1, 1.5] and 85 % of (2, 3]
    expect(summary.startup?.p50).toBeCloseTo(1.25, 9);
    expect(summary.startup?.p95).toBeCloseTo(2.85, 9);
    expect(summary.buffer).toMatchObject({ count: 40 });
    expect(summary.buffer?.sum).toBeCloseTo(6, 9);
    expect(summary.buffer?.p50).toBeCloseTo(0.15, 9);
    expect(summary.stalls).toMatchObject({ count: 40 });
    expect(summary.stalls?.seconds).toBeCloseTo(4, 9);
    expect(summary.stalls?.ratio).toBeCloseTo(0.1, 9);
    expect(summary.transports).toMatchObject([
      { transport, viewers: null, bitsOutPerSecond: null, connections: { ok: 4 }, startup: { count: 3 } },
    ]);
    const { metrics } = await gateway.metrics("name=moq.client.play_attempts&service=moq-player");
    expect(metrics.map(({ attributes, value }) => [attributes["outcome"], value])).toEqual([
      ["started", 3],
      ["failed", 1],
    ]);
    const { sessions } = await gateway.sessions();
    expect(sessions).toHaveLength(4);
    expect(sessions.find(({ sessionId }) => sessionId.endsWith("1"))).toMatchObject({
      state: "playing",
      startupSeconds: 1.25,
      totals: { "moq.client.rebuffer_count": 10, "moq.client.buffer_length.count": 20, "moq.client.buffer_length.sum": 10 * 0.15 + 90 },
    });
  });

  test("what lies before the window is not in it, and players gone silent leave no data", async () => {
    await using gateway = await TestGateway.start();
    gateway.clock.advance(1000);
    await play(gateway, 0, 1);
    gateway.clock.advance(9000);
    expect((await gateway.summary("?window=5")).attempts).toBeNull();
    expect((await gateway.summary("?window=60")).attempts).toEqual({ started: 1, failed: 0, exited: 0 });
    await play(gateway, 0, 2);
    const recent = await gateway.summary("?window=5");
    expect(recent.attempts).toEqual({ started: 0, failed: 0, exited: 0 });
    expect(recent.startup).toBeNull();
    expect(recent.stalls?.count).toBe(1);
    gateway.clock.advance(61_000);
    expect(await gateway.summary()).toMatchObject({ attempts: null, startup: null, stalls: null, sessions: { playing: 1 } });
    gateway.clock.advance(30_000);
    expect((await gateway.summary()).sessions).toEqual({});
  });

  test("a killed player leaves the live sessions after 90 s and is counted as ended by timeout after 120 s", async () => {
    await using gateway = await TestGateway.start();
    await play(gateway, 0, 1);
    gateway.clock.advance(119_000);
    expect((await gateway.metrics("name=moq.client.sessions_ended")).metrics).toEqual([]);
    gateway.clock.advance(2000);
    expect((await gateway.metrics("name=moq.client.sessions_ended")).metrics).toMatchObject([
      { value: 1, attributes: { reason: "timeout" } },
    ]);
    expect((await gateway.metrics("name=moq.gateway.session_table")).metrics).toMatchObject([{ value: 0 }]);
  });
});

describe("the series of a metric", () => {
  test("have the last value of each second, also where nothing moved", async () => {
    await using gateway = await TestGateway.start();
    const values = [1, 1, 1, 1, 1, 2, 3, 3, 3, 3];
    for (const viewers of values) {
      await gateway.export(relayExport(gateway, { ageMs: 1000, viewers: 9, sent: 0, received: 0, broadcasts: 0 }));
      gateway.clock.advance(500);
      await gateway.export(relayExport(gateway, { ageMs: 1000, viewers, sent: 0, received: 0, broadcasts: 0 }));
      gateway.clock.advance(500);
    }
    const path = 'api/series?name=moq.relay.active_subscribers&attributes={"peer":"client"}';
    const { series } = await gateway.ask<{ series: { points: { atMs: number; value: number }[] }[] }>(path);
    expect(series).toHaveLength(1);
    expect(series[0]?.points.map(({ value }) => value)).toEqual(values);
    const short = await gateway.ask<typeof path extends string ? { series: { points: unknown[] }[] } : never>(`${path}&seconds=3`);
    expect(short.series[0]?.points).toHaveLength(3);
  });
});

test("rates look back four report intervals where that is more than 10 s, and never further than the window", async () => {
  await using gateway = await TestGateway.start({ reportIntervalMs: 10_000 });
  expect((await gateway.summary()).rateWindowMs).toBe(40_000);
  await using slow = await TestGateway.start({ reportIntervalMs: 30_000 });
  const { rateWindowMs, windowMs } = await slow.summary();
  expect(rateWindowMs).toBe(windowMs);
});
