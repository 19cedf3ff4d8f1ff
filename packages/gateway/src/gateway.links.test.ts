import { startNodeTelemetry } from "@moqscope/telemetry/node";
import type { LinkSummary } from "@moqscope/telemetry/query";
import { recordingRules } from "@moqscope/telemetry/rules";
import { expect, test } from "vitest";
import { TestGateway } from "./testing/gateway.ts";
import { histogram, playerResource, request, sum } from "./testing/otlp-json.ts";

const relay = { "service.name": "moq-relay", "service.instance.id": "r1" };
const row = (links: readonly LinkSummary[], ...wanted: [side: string, transport: string, source: string]): LinkSummary | undefined =>
  links.find(({ measuredBy, transport, source }) => [measuredBy, transport, source].join() === wanted.join());

test("a relay's links come out by transport and source: round trips and the share of packets lost in the window", async () => {
  await using at = await TestGateway.start();
  const export_ = (rtts: readonly number[], sent: number, lost: number): Promise<Response> => {
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const quic = { transport: "webtransport", source: "quic" };
    const tcp = { transport: "websocket", source: "tcp_info" };
    return at.export(
      request(relay, [
        histogram("moq.relay.rtt", rtts, quic, times),
        histogram("moq.relay.rtt", [0.004], { transport: "websocket", source: "ping" }, times),
        sum("moq.relay.packets_sent", sent, quic, times),
        sum("moq.relay.packets_lost", lost, quic, times),
        sum("moq.relay.packets_sent", 0, tcp, times),
        sum("moq.relay.packets_lost", 0, tcp, times),
        sum("moq.relay.packets_sent", 9, { transport: "webtransport", source: "getstats" }, times),
      ]),
    );
  };
  await export_([], 0, 0);
  at.clock.advance(5_000);
  await export_([0.06, 0.06, 0.25], 1_000, 50);
  const { links } = await at.summary();
  const quic = row(links, "relay", "webtransport", "quic");
  expect(quic?.loss).toMatchObject({ sent: 1_000, lost: 50, ratio: 0.05 });
  // 1.5 of 3: three quarters of (0.05, 0.075]; 2.85 of 3: 85 % of (0.2, 0.3]
  expect(quic?.rtt).toMatchObject({ count: 3 });
  expect(quic?.rtt?.p50).toBeCloseTo(0.06875, 9);
  expect(quic?.rtt?.p95).toBeCloseTo(0.285, 9);
  expect(row(links, "relay", "websocket", "ping")).toMatchObject({ rtt: { count: 1 }, loss: null });
  // Nobody counts the losses of the one, and the other sent nothing.
  expect(row(links, "relay", "webtransport", "getstats")).toBeUndefined();
  expect(row(links, "relay", "websocket", "tcp_info")).toBeUndefined();
  at.clock.advance(61_000);
  expect((await at.summary()).links).toEqual([]);
});

test("a player's round trips stand beside, and its session tells its transport and its mean by source", async () => {
  await using at = await TestGateway.start();
  at.clock.advance(1_000);
  const times = { startMs: at.bornMs, timeMs: at.clock.now() };
  const resource = playerResource({ sessionId: "0123456789abcdef", sequence: 1, acked: 0, elapsedMs: 1_000 });
  const transport = "webtransport";
  await at.report(
    request(resource, [
      histogram("moq.client.rtt", [0.02, 0.04], { source: "probe", transport }, times),
      histogram("moq.client.rtt", [0.1], { source: "getstats", transport }, times),
      histogram("moq.client.bandwidth_estimate", [2_500_000], { transport }, times),
      sum("moq.client.connections", 1, { transport, result: "ok" }, times),
    ]),
  );
  const { links } = await at.summary();
  expect(row(links, "player", transport, "probe")).toMatchObject({ rtt: { count: 2 }, loss: null });
  expect(row(links, "player", transport, "getstats")).toMatchObject({ rtt: { count: 1 } });
  const { sessions } = await at.sessions();
  expect(sessions[0]).toMatchObject({ transport, rttSeconds: { probe: 0.03, getstats: 0.1 } });
  const { metrics } = await at.metrics("name=moq.client.bandwidth_estimate");
  expect(metrics.find(({ histogram: known }) => known?.count === 1)?.histogram?.sum).toBe(2_500_000);
});

test("known figures of a relay's recorder arrive over OTLP as they were recorded", async () => {
  await using at = await TestGateway.start();
  const telemetry = startNodeTelemetry({
    serviceName: "moq-relay",
    instanceId: "r1",
    endpoint: at.gateway.otlpUrl,
    intervalMs: 60_000,
    processMetrics: false,
  });
  const quic = { transport: "webtransport", source: "quic" } as const;
  const { recorder } = telemetry;
  recorder.histogram("moq.relay.rtt", quic).record(0.06);
  recorder.histogram("moq.relay.congestion_window", { source: "quic" }).record(30_000);
  recorder.histogram("moq.relay.send_rate_estimate", { transport: "webtransport" }).record(4_000_000);
  recorder.counter("moq.relay.congestion_events", { source: "quic" }).add(2);
  recorder.counter("moq.relay.packets_sent", quic).add(1_000);
  recorder.counter("moq.relay.packets_lost", quic).add(50);
  await telemetry.shutdown();
  const { metrics } = await at.metrics("service=moq-relay");
  const told = Object.fromEntries(
    metrics.map(({ name, value, histogram: known, attributes }) => [name, [value ?? known?.sum, attributes]]),
  );
  expect(told).toEqual({
    "moq.relay.rtt": [0.06, quic],
    "moq.relay.congestion_window": [30_000, { source: "quic" }],
    "moq.relay.send_rate_estimate": [4_000_000, { transport: "webtransport" }],
    "moq.relay.congestion_events": [2, { source: "quic" }],
    "moq.relay.packets_sent": [1_000, quic],
    "moq.relay.packets_lost": [50, quic],
  });
});

test("the recording rules of the loss ratio have an answer here too, by relay, region and source", async () => {
  await using at = await TestGateway.start();
  const resource = { ...relay, "cloud.region": "eu" };
  const quic = { transport: "webtransport", source: "quic" };
  for (let minute = 0; minute <= 6; minute++) {
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    await at.export(
      request(resource, [
        sum("moq.relay.packets_sent", minute * 6_000, quic, times),
        sum("moq.relay.packets_lost", minute * 300, quic, times),
        sum("moq.relay.packets_sent", 0, { transport: "websocket", source: "tcp_info" }, times),
        sum("moq.relay.packets_lost", 0, { transport: "websocket", source: "tcp_info" }, times),
      ]),
    );
    if (minute < 6) at.clock.advance(60_000);
  }
  const answers = new Map<string, unknown[]>();
  const network = recordingRules.flatMap((group) => group.rules).filter(({ record }) => /packet_loss:|websocket_share/.test(record));
  for (const { record, expr } of network) {
    const { data } = await at.ask<{ data: { result: { metric: object; value: [number, string] }[] } }>(
      `api/v1/query?${new URLSearchParams({ query: expr })}`,
    );
    answers.set(
      record,
      data.result.map(({ metric, value }) => [metric, Number(Number(value[1]).toFixed(6))]),
    );
  }
  expect(Object.fromEntries(answers)).toEqual({
    "moq:relay_packet_loss:ratio_rate5m": [[{ instance: "r1", cloud_region: "eu", source: "quic" }, 0.05]],
    "cloud_region:moq_relay_packet_loss:ratio_rate5m": [[{ cloud_region: "eu", source: "quic" }, 0.05]],
    "moq:client_websocket_share:ratio_rate5m": [],
  });
});
