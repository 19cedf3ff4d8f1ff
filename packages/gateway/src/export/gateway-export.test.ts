import { describe, expect, test, vi } from "vitest";
import { createGateway } from "../index.ts";
import { Collector, pointsOf } from "../testing/collector.ts";
import { exported } from "../testing/exported.ts";
import { post, TestGateway } from "../testing/gateway.ts";
import { attributes, playerResource, request, sum } from "../testing/otlp-json.ts";

const sessionId = "0123456789abcdef";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanOf = (name: string): object => ({
  traceId,
  spanId: "b7ad6b7169203331",
  name,
  kind: 3,
  startTimeUnixNano: "1000000",
  endTimeUnixNano: "2000000",
  attributes: attributes({ "moq.startup_s": 0.5, invented: "x" }),
});

describe("a gateway that exports", { timeout: 30_000 }, () => {
  test("sends its audience's figures, players' checked spans, its own log and trusted requests", async () => {
    await using collector = await Collector.start();
    await using at = await TestGateway.start({ instanceId: "g1", export: { endpoint: collector.url } });
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const labels = { outcome: "started", transport: "websocket" };
    await at.report(request(playerResource({ sessionId, sequence: 1, acked: 0 }), [sum("moq.client.play_attempts", 4, labels, times)]));
    const resource = { attributes: attributes({ "service.name": "moq-player", "session.id": sessionId }) };
    const spans = [spanOf("moq.session.start"), spanOf("invented")];
    await post(`${at.gateway.ingestUrl}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    const relay = { attributes: attributes({ "service.name": "moq-relay" }) };
    await at.export({ resourceSpans: [{ resource: relay, scopeSpans: [{ spans: [spanOf("anything")] }] }] }, "traces");
    await at.export(request({ "service.name": "moq-relay" }, [sum("moq.relay.bytes_sent", 7, { peer: "client" }, times)]));
    for (let cycle = 0; cycle < 4; cycle++) await exported(at);
    await vi.waitFor(() => {
      expect(collector.traces().length).toBeGreaterThan(0);
      expect(collector.logs().length).toBeGreaterThan(0);
    });

    const points = collector.metrics().flatMap(pointsOf);
    const started = points.filter(
      ({ name, labels: own }) =>
        name === "moq.client.play_attempts" &&
        own["transport"] === "websocket" &&
        own["outcome"] === "started" &&
        own["region"] === "unknown",
    );
    expect(started.map(({ point }) => ("value" in point ? point.value.value : undefined)).slice(0, 2)).toEqual([0, 4]);
    expect(points.find(({ name }) => name === "moq.relay.bytes_sent")).toMatchObject({
      service: "moq-relay",
      point: { value: { value: 7 } },
    });
    const sent = collector
      .traces()
      .flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap((each) => each.scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ each, span })))),
      );
    expect(sent.map(({ span }) => span.name).toSorted()).toEqual(["anything", "moq.session.start"]);
    const player = sent.find(({ span }) => span.name === "moq.session.start");
    expect(player?.span.kind).toBe(3);
    expect(player?.span.attributes.map(({ key, value }) => [key, value?.value.value])).toEqual([
      ["moq.startup_s", 0.5],
      ["session.id", sessionId],
    ]);
    expect(player?.each.resource?.attributes.map(({ value }) => value?.value.value)).toEqual(["moq-player", "g1"]);
    const told = collector
      .logs()
      .flatMap(({ resourceLogs }) => resourceLogs.flatMap((each) => each.scopeLogs.flatMap((s) => s.logRecords)));
    expect(told.map(({ eventName }) => eventName)).toContain("moq.gateway.started");
  });

  test("sends what is new a last time when it is closed", async () => {
    await using collector = await Collector.start();
    const at = await TestGateway.start({ export: { endpoint: collector.url } });
    await exported(at);
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const labels = { outcome: "failed", transport: "quic" };
    await at.report(request(playerResource({ sessionId, sequence: 1, acked: 0 }), [sum("moq.client.play_attempts", 9, labels, times)]));
    await at.close();
    const failed = collector
      .metrics()
      .map((each) =>
        pointsOf(each).find(({ labels: own }) => own["outcome"] === "failed" && own["transport"] === "quic" && own["region"] === "unknown"),
      );
    const told = failed.flatMap((found) => (found !== undefined && "value" in found.point ? [found.point.value.value] : []));
    expect([told[0], told.at(-1)]).toEqual([0, 9]);
  });

  test("tells in its own metrics how it goes", async () => {
    await using collector = await Collector.start();
    await using at = await TestGateway.start({ export: { endpoint: collector.url } });
    await exported(at);
    const figure = async (name: string, more: string): Promise<number | undefined> => {
      const { metrics } = await at.metrics(`name=${name}&attributes=${more}`);
      return metrics[0]?.value ?? metrics[0]?.histogram?.count;
    };
    const sent = collector.of("metrics").length;
    expect(await figure("moq.gateway.exports", "signal=metrics,result=ok")).toBe(sent);
    expect(await figure("moq.gateway.export_time", "signal=metrics")).toBe(sent);
    expect(await figure("moq.gateway.export_queue", "signal=metrics")).toBe(0);
    expect(await figure("moq.gateway.last_export_age", "signal=metrics")).toBeLessThan(2);
    collector.answer = () => ({ status: 503 });
    for (let second = 0; second < 40; second++) {
      at.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await figure("moq.gateway.exports", "signal=metrics,result=retry")).toBeGreaterThan(0);
    expect(await figure("moq.gateway.export_queue", "signal=metrics")).toBe(1);
    expect(await figure("moq.gateway.last_export_age", "signal=metrics")).toBeGreaterThan(30);
    const { logs } = await at.ask<{ logs: { event: string; body: string }[] }>("api/logs?name=moq.export.failed");
    expect(logs.length).toBeLessThanOrEqual(2 * 5);
    expect(logs[0]?.body).toContain("answers 503");
  });
});

test.each([
  [{ endpoint: "http://localhost:14399" }, "export_loop"],
  [{ endpoints: { logs: "http://127.0.0.1:14399/v1/logs" } }, "export_loop"],
  [{ endpoint: "collector" }, "export_invalid"],
])("exporting to %j is refused: %s", async (to, code) => {
  const free = { host: "127.0.0.1", port: 0 };
  const made = createGateway({ ingestListen: free, otlpListen: { host: "127.0.0.1", port: 14399 }, consoleListen: free, export: to });
  await expect(made).rejects.toMatchObject({ code });
});
