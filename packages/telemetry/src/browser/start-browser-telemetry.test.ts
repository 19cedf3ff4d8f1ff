import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { settle } from "../fixtures/fake-clock.ts";
import { fakePage as setUp, until } from "../fixtures/fake-page.ts";
import { GatewayModel, readReport } from "../fixtures/gateway-model.ts";
import { startAtZero } from "../recorder/zero-series.ts";
import { buckets } from "../registry/buckets.ts";
import { publisherMetrics } from "../registry/publisher.ts";
import { startBrowserTelemetry } from "./start-browser-telemetry.ts";

describe("startBrowserTelemetry", () => {
  test("known values arrive as they were recorded, over real HTTP", async () => {
    const bodies: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(200, { "moq-gateway": "g1" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const telemetry = startBrowserTelemetry({ endpoint });
    const { recorder, sessionId } = telemetry;
    telemetry.setState("playing");
    recorder.counter("moq.client.io", { direction: "received", transport: "websocket" }).add(4096);
    const startup = recorder.histogram("moq.client.startup_time", { transport: "websocket" });
    startup.record(0.2);
    startup.record(1.7);
    await telemetry.close();
    await telemetry.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));

    const posts = bodies.filter(({ path }) => path === "/v1/metrics");
    expect(posts).toHaveLength(1);
    expect(posts[0]?.headers).toMatchObject({ "content-type": "application/json", "moq-session": sessionId });
    const report = readReport(posts[0]?.body ?? "");
    expect(report).toMatchObject({ sequence: 1, acked: 0, final: true, state: "playing" });
    expect(report.metrics).toMatchObject([
      {
        name: "moq.client.startup_time",
        unit: "s",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              count: "2",
              sum: 1.9,
              bucketCounts: ["0", "1", "0", "0", "0", "0", "0", "1", "0", "0", "0", "0", "0", "0", "0"],
              explicitBounds: buckets.startup,
              attributes: [{ key: "transport", value: { stringValue: "websocket" } }],
            },
          ],
        },
      },
      { name: "moq.client.io", unit: "By", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asDouble: 4096 }] } },
    ]);
  });

  test("reports every interval with the gateway's id, only what changed, and takes the interval it is told", async () => {
    const { recorder, clock, requests, reports } = setUp((request) =>
      request.path === "/v1/metrics" ? { headers: { "moq-report-interval": "1000" } } : {},
    );
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    await clock.advance(9_999);
    expect(requests.map(({ path }) => path)).toEqual(["/v1/time"]);
    await clock.advance(1);
    expect(requests[1]?.headers.get("moq-gateway")).toBe("g1");
    expect(reports()[0]?.metrics.map(({ name }) => name)).toEqual(["moq.client.reconnects"]);
    await clock.advance(2_000);
    expect(reports().map(({ sequence, acked, metrics }) => [sequence, acked, metrics.length])).toEqual([
      [1, 0, 1],
      [2, 1, 0],
      [3, 2, 0],
    ]);
  });

  test("a resync is answered at once with the gateway's new id and a fresh start", async () => {
    let asked = false;
    const { recorder, clock, reports, requests } = setUp((request) => {
      if (request.path !== "/v1/metrics" || asked) return {};
      asked = true;
      return { headers: { "moq-gateway": "g2", "moq-resync": "1" } };
    });
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(3);
    await clock.advance(10_000);
    expect(reports()).toHaveLength(2);
    expect(reports()[1]).toMatchObject({ sequence: 2, acked: 0, metrics: [{ sum: { dataPoints: [{ asDouble: 3 }] } }] });
    expect(requests.at(-1)?.headers.get("moq-gateway")).toBe("g2");
  });

  test("a report without an answer is sent once more, the same body", async () => {
    let dead = true;
    const { recorder, clock, requests } = setUp(() => (dead ? "dead" : {}));
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    await clock.advance(10_000);
    dead = false;
    await clock.advance(1_000);
    const posts = requests.filter(({ path }) => path === "/v1/metrics");
    expect(posts).toHaveLength(2);
    expect(posts[1]?.body).toBe(posts[0]?.body);
  });

  test("after five refusals it is off for 60 s; nothing is thrown and nothing is lost", async () => {
    let refuse = true;
    const gateway = new GatewayModel();
    const { recorder, clock, requests } = setUp((request) => {
      if (refuse) return { status: 500, headers: { "moq-gateway": gateway.id } };
      const resync = request.path === "/v1/metrics" && gateway.take(request.body, request.headers.get("moq-gateway")).resync;
      return { headers: { "moq-gateway": gateway.id, ...(resync ? { "moq-resync": "1" } : {}) } };
    });
    const count = (): number => requests.filter(({ path }) => path === "/v1/metrics").length;
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(4);
    await clock.advance(50_000);
    expect(count()).toBe(5);
    refuse = false;
    await clock.advance(59_000);
    expect(count()).toBe(5);
    await clock.advance(12_000);
    expect(count()).toBeGreaterThan(5);
    expect(gateway.totals.get("moq.client.reconnects")).toBe(4);
  });

  test("Retry-After is kept", async () => {
    const { clock, requests } = setUp(() => ({ status: 503, headers: { "retry-after": "30" } }));
    await clock.advance(39_000);
    expect(requests.filter(({ path }) => path === "/v1/metrics")).toHaveLength(1);
    await clock.advance(2_000);
    expect(requests.filter(({ path }) => path === "/v1/metrics")).toHaveLength(2);
  });

  test("an answer of a proxy on the way is none: what it stands for may have been counted, and no resync counts it twice", async () => {
    for (const status of [200, 502]) {
      const gateway = new GatewayModel();
      let isProxyBad = true;
      const { recorder, clock } = setUp((request) => {
        const resync = request.path === "/v1/metrics" && gateway.take(request.body, request.headers.get("moq-gateway")).resync;
        const byProxy = isProxyBad && request.path === "/v1/metrics";
        return byProxy ? { status, gateway: "" } : { gateway: gateway.id, ...(resync ? { headers: { "moq-resync": "1" } } : {}) };
      });
      recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(3);
      await clock.advance(10_000);
      isProxyBad = false;
      gateway.restart();
      recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
      await clock.advance(30_000);
      expect(gateway.totals.get("moq.client.reconnects"), `${status}`).toBe(4);
    }
  });

  test("a hidden page reports at once with keepalive; one that goes away sends the final report, spans and events with it", async () => {
    const { recorder, requests, reports, page, telemetry } = setUp();
    const span = recorder.span("moq.session.start", { startMs: 1_700_000_000_000 });
    span.end({ endMs: 1_700_000_000_500 });
    recorder.event("info", "moq.player.state", { state: "playing" }, span.context);
    page()?.hidden();
    await settle();
    expect(requests.slice(1).map(({ path, keepalive }) => [path, keepalive])).toEqual([
      ["/v1/metrics", true],
      ["/v1/traces", true],
      ["/v1/logs", true],
    ]);
    const { traceId, spanId } = span.context;
    expect(JSON.parse(requests[2]?.body ?? "")).toMatchObject({
      resourceSpans: [
        {
          resource: { attributes: [{ value: { stringValue: "moq-player" } }, { value: { stringValue: telemetry.sessionId } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId,
                  spanId,
                  name: "moq.session.start",
                  kind: 1,
                  startTimeUnixNano: "1700000000000000000",
                  endTimeUnixNano: "1700000000500000000",
                },
              ],
            },
          ],
        },
      ],
    });
    expect(JSON.parse(requests[3]?.body ?? "")).toMatchObject({
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                { eventName: "moq.player.state", severityNumber: 9, traceId, spanId, body: { stringValue: "Player changed state" } },
              ],
            },
          ],
        },
      ],
    });
    page()?.leave(false);
    await settle();
    expect(reports().map(({ final }) => final)).toEqual([false, true]);
    page()?.hidden();
    await telemetry.flush("state");
    expect(reports()).toHaveLength(2);
  });

  test("a page kept in the back/forward cache goes on with its session", async () => {
    const { reports, page, clock } = setUp();
    page()?.leave(true);
    await settle();
    page()?.back();
    await clock.advance(10_000);
    expect(reports().map(({ final, sequence, acked }) => [final, sequence, acked])).toEqual([
      [false, 1, 0],
      [false, 2, 1],
      [false, 3, 2],
    ]);
  });

  test("the closing report is made anew when the gateway asks for a resync", async () => {
    const gateway = new GatewayModel();
    const { recorder, telemetry, reports } = setUp((request) => {
      const resync = request.path === "/v1/metrics" && gateway.take(request.body, request.headers.get("moq-gateway")).resync;
      return { headers: { "moq-gateway": gateway.id, ...(resync ? { "moq-resync": "1" } : {}) } };
    });
    await settle();
    gateway.restart();
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(2);
    await telemetry.close();
    expect(reports().map(({ final }) => final)).toEqual([true, true]);
    expect(gateway.totals.get("moq.client.reconnects")).toBe(2);
  });

  test("a large body of a page that stays is compressed, that of a page that leaves is not", async () => {
    const { recorder, clock, requests, page } = setUp();
    const record = (): void => {
      for (const phase of ["connect", "setup", "announce", "catalog", "render"] as const) {
        recorder.histogram("moq.client.startup_phase", { phase, transport: "websocket" }).record(0.1);
      }
    };
    record();
    await clock.advance(10_000);
    await until(() => requests.length > 1);
    record();
    page()?.hidden();
    await settle();
    expect(requests.slice(1).map(({ headers }) => headers.get("content-encoding"))).toEqual(["gzip", null]);
    expect(readReport(requests[1]?.body ?? "").metrics[0]?.histogram?.dataPoints).toHaveLength(5);
  });

  test("a session that is not sampled keeps its spans until a stall", async () => {
    const { recorder, page, requests } = setUp(undefined, { sampleRatio: 0 });
    const root = recorder.span("moq.session.start");
    for (let i = 0; i < 80; i++) recorder.span("moq.startup.connect", { parent: root.context }).end();
    page()?.hidden();
    await settle();
    expect(requests.some(({ path }) => path === "/v1/traces")).toBe(false);
    recorder.span("moq.rebuffer", { parent: root.context }).end();
    page()?.hidden();
    await settle();
    const body = requests.find(({ path }) => path === "/v1/traces")?.body ?? "{}";
    expect(body.match(/"name":"moq\.startup\.connect"/g)).toHaveLength(63);
    expect(body).toContain('"name":"moq.rebuffer"');
  });

  test("only metrics of the player leave, and only finite values", async () => {
    const { recorder, clock, requests } = setUp();
    recorder.counter("moq.relay.cache_hits", {}).add(1);
    recorder.counter("moq.client.frames_decoded", { codec: "vp9" }).add(Number.NaN);
    recorder.histogram("moq.client.bitrate", { media: "video" }).record(-1);
    recorder.upDownCounter("moq.relay.cache_size", {}).acquire(5);
    recorder.event("info", "moq.player.state", { state: "playing", password: "x" } as { state: string });
    await clock.advance(10_000);
    await until(() => requests.length > 2);
    expect(readReport(requests[1]?.body ?? "").metrics).toEqual([]);
    expect(requests[2]?.body).not.toContain("password");
  });

  test("a page that publishes reports what the registry has for publishers", async () => {
    const { recorder, reports, telemetry } = setUp(undefined, { serviceName: "moq-publisher", metrics: publisherMetrics });
    recorder.counter("moq.publisher.publish_time", { transport: "websocket" }).add(0.5);
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    await telemetry.close();
    expect(reports()[0]?.metrics.map(({ name }) => name)).toEqual(["moq.publisher.publish_time"]);
  });

  test("what a service level is made of is in the first report, when there is more than one holds", async () => {
    const { recorder, reports, requests, clock } = setUp();
    const [slos, others] = [
      ["moq.client.play_attempts", "moq.client.rebuffer_time", "moq.client.errors"],
      [
        "moq.client.rendition_time",
        "moq.client.frames_dropped",
        "moq.client.quality_switches",
        "moq.client.groups",
        "moq.client.reconnects",
      ],
    ] as const;
    startAtZero(recorder, ...others, ...slos, "moq.client.connections", "moq.client.sessions_ended");
    for (let count = 1; count <= 4; count++) {
      await clock.advance(10_000);
      await until(() => reports().length === count);
    }
    const points = reports().map(({ metrics }) => metrics.reduce((sum, metric) => sum + (metric.sum?.dataPoints.length ?? 0), 0));
    const all = points.reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThan(256);
    expect(Math.max(...points)).toBeLessThanOrEqual(256);
    for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(60_000);
    expect(points.at(-1), "each is told once").toBe(0);
    const [first] = reports();
    const later = reports()
      .slice(1)
      .flatMap(({ metrics }) => metrics.map(({ name }) => name));
    expect(slos.filter((name) => first?.metrics.some((metric) => metric.name === name))).toEqual(slos);
    expect(later.filter((name) => slos.some((slo) => slo === name))).toEqual([]);
    expect(later.length).toBeGreaterThan(0);
  });

  test("a wrong endpoint is told, not thrown, and the recorder is silent", async () => {
    const errors: string[] = [];
    for (const endpoint of ["ftp://host", "not a url"]) {
      const { telemetry, requests } = setUp(undefined, { endpoint, onError: ({ code }) => errors.push(code) });
      telemetry.recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
      await telemetry.close();
      expect(requests).toEqual([]);
    }
    expect(errors).toEqual(["endpoint_invalid", "endpoint_invalid"]);
  });

  test("states that a report does not know are other; session ids are random unless fit", async () => {
    const { telemetry, reports, clock } = setUp(undefined, { sessionId: "short" });
    telemetry.setState("seeking");
    await clock.advance(10_000);
    expect(reports()[0]?.state).toBe("other");
    expect(telemetry.sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(setUp(undefined, { sessionId: "fit-fit-fit-fit-1" }).telemetry.sessionId).toBe("fit-fit-fit-fit-1");
  });
});
