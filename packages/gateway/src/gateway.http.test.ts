import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { reportHeaders } from "@moqscope/telemetry";
import { describe, expect, test } from "vitest";
import { createGateway, GatewayError } from "./index.ts";
import { post, TestGateway } from "./testing/gateway.ts";
import { playerResource, request, sum } from "./testing/otlp-json.ts";

const sessionId = "0123456789abcdef";
const anyPort = { host: "127.0.0.1", port: 0 };

function report(at: TestGateway, sequence = 1, value = 1): unknown {
  const times = { startMs: at.bornMs, timeMs: at.clock.now() };
  return request(playerResource({ sessionId, sequence, acked: sequence - 1 }), [
    sum("moq.client.play_attempts", value, { outcome: "started", transport: "websocket" }, times),
  ]);
}

describe("the public ingest", () => {
  test("names its process and interval in every answer, also of errors", async () => {
    await using at = await TestGateway.start({ reportIntervalMs: 1000 });
    const { ingestUrl, id } = at.gateway;
    for (const path of ["/v1/time", "/v1/metrics", "/nothing"]) {
      const { headers } = await fetch(ingestUrl + path);
      expect(headers.get(reportHeaders.gateway)).toBe(id);
      expect(headers.get(reportHeaders.interval)).toBe("1000");
    }
  });

  test("tells receive time, send time and its own error", async () => {
    await using at = await TestGateway.start();
    const answer: unknown = await (await fetch(`${at.gateway.ingestUrl}/v1/time`)).json();
    expect(answer).toEqual({ receivedMs: at.clock.wall(), sentMs: at.clock.wall(), errorMs: 50 });
  });

  test("asks a report meant for another process to rebase, and stores nothing of it", async () => {
    await using at = await TestGateway.start();
    const response = await at.report(report(at), { [reportHeaders.gateway]: "another" });
    expect(response.status).toBe(200);
    expect(response.headers.get(reportHeaders.resync)).toBe("1");
    expect((await at.metrics("service=moq-player")).metrics).toEqual([]);
  });

  test("says which points it refused, in OTLP's words", async () => {
    await using at = await TestGateway.start();
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const body = request(playerResource({ sessionId, sequence: 1, acked: 0 }), [sum("moq.client.invented", 1, {}, times)]);
    expect(await (await at.report(body)).json()).toEqual({
      partialSuccess: { rejectedDataPoints: "1", errorMessage: "1 × unknown_metric" },
    });
    at.clock.advance(1000);
    expect((await at.metrics("name=moq.gateway.rejected")).metrics).toMatchObject([
      { value: 1, attributes: { signal: "metrics", reason: "unknown_metric" } },
    ]);
  });

  test.each(["http://localhost:5173", "http://127.0.0.1:8080", "https://watch.example"])(
    "lets pages of %s report and read its headers",
    async (origin) => {
      await using at = await TestGateway.start({ allowOrigins: ["https://watch.example"] });
      const url = `${at.gateway.ingestUrl}/v1/metrics`;
      const preflight = await fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
      expect(preflight.headers.get("access-control-allow-headers")).toBe(
        "content-type, content-encoding, authorization, moq-session, moq-gateway",
      );
      const { headers } = await at.report(report(at), { origin });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toContain("moq-gateway, moq-resync, moq-report-interval, moq-group-sample");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    },
  );

  test.each(["https://evil.example", "http://localhost.evil.example", "null", "http://localhost:5173.evil.example"])(
    "refuses pages of %s",
    async (origin) => {
      await using at = await TestGateway.start();
      for (const method of ["OPTIONS", "POST", "GET"]) {
        const response = await fetch(`${at.gateway.ingestUrl}/v1/metrics`, { method, headers: { origin } });
        expect(response.status).toBe(403);
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
      }
      at.clock.advance(1000);
      expect((await at.metrics("name=moq.gateway.rejected")).metrics).toMatchObject([{ value: 3, attributes: { reason: "origin" } }]);
    },
  );

  test("takes gzip and refuses a bomb while it inflates", async () => {
    await using at = await TestGateway.start();
    const url = `${at.gateway.ingestUrl}/v1/metrics`;
    const headers = { "content-type": "application/json", "content-encoding": "gzip", "moq-gateway": at.gateway.id };
    const good = await fetch(url, { method: "POST", headers, body: gzipSync(JSON.stringify(report(at))) });
    expect(good.status).toBe(200);
    const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
    expect(bomb.length).toBeLessThan(65_536);
    const bad = await fetch(url, { method: "POST", headers, body: bomb });
    expect(bad.status).toBe(413);
    expect(await bad.json()).toEqual({ code: 3, message: "inflated_too_large: the body inflates to more than 262144 bytes" });
    const large = await post(url, " ".repeat(70_000));
    expect(large.status).toBe(413);
    expect(((await large.json()) as { message: string }).message).toContain("too_large");
  });

  test("holds a session to its pace and gives it a time to come back", async () => {
    await using at = await TestGateway.start();
    const answers: number[] = [];
    for (let sequence = 1; sequence <= 7; sequence++) answers.push((await at.report(report(at, sequence, sequence))).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429]);
    at.clock.advance(1000);
    const again = await at.report(report(at, 8, 8));
    expect(again.status).toBe(200);
    expect((await at.metrics("name=moq.client.play_attempts")).metrics).toMatchObject([{ value: 8 }]);
  });

  test("without tokens listens on this machine only, and says so", async () => {
    const open = { host: "0.0.0.0", port: 0 };
    const options = { otlpListen: anyPort, consoleListen: anyPort };
    await expect(createGateway({ ...options, ingestListen: open })).rejects.toMatchObject({
      code: "open_ingest",
      message: expect.stringMatching(/0\.0\.0\.0.*--auth-key, --auth-key-dir or --auth-public/) as string,
    });
    const told: string[] = [];
    const recorder = { event: (level: string, name: string) => void told.push(`${level} ${name}`) };
    await using local = await createGateway({ ...options, ingestListen: anyPort, recorder });
    expect(told).toContain("warn moq.gateway.insecure");
    expect((await fetch(`${local.ingestUrl}/v1/token`, { method: "POST" })).status).toBe(204);
    const tokens = { publicPrefixes: { subscribe: [""] } };
    await using far = await createGateway({ ...options, ingestListen: open, tokens });
    expect((await fetch(`${far.ingestUrl}/v1/time`)).status).toBe(200);
  });
});

describe("fuzz: whatever comes, the answer is a 4xx with a reason and the process lives", () => {
  const deep = (levels: number): string => `${'{"arrayValue":{"values":['.repeat(levels)}${"]}}".repeat(levels)}`;
  const withAttribute = (value: string): string => `{"resourceMetrics":[{"resource":{"attributes":[{"key":"k","value":${value}}]}}]}`;
  const bodies: [string, string][] = [
    ["nothing", ""],
    ["no JSON", "{"],
    ["a number", "5"],
    ["null", "null"],
    ["an array", "[1]"],
    ["a string for a list", '{"resourceMetrics":"x"}'],
    ["a number for an object", '{"resourceMetrics":[5]}'],
    ["an object for a list", '{"resourceMetrics":[{"scopeMetrics":{}}]}'],
    ["deep nesting", withAttribute(deep(13))],
    ["very deep nesting", withAttribute(deep(2000))],
    ["brackets", "[".repeat(60_000)],
    [
      "a prototype",
      '{"__proto__":{"resourceMetrics":[]},"resourceMetrics":[{"resource":{"attributes":[{"key":"__proto__","value":{"stringValue":"x"}}]}}]}',
    ],
    ["broken UTF-8 as text", "\uD800".repeat(10)],
    ["an id that is no hex", '{"resourceMetrics":[{"resource":{"attributes":[{"key":"session.id","value":{"stringValue":"<script>"}}]}}]}'],
  ];
  test.each(bodies)("JSON: %s", async (_, body) => {
    await using at = await TestGateway.start();
    const response = await at.report(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 3, message: expect.stringMatching(/^malformed: /) as string });
    expect((await at.report(report(at))).status).toBe(200);
  });

  test.each(["metrics", "traces", "logs"])("random protobuf and JSON bytes for %s on both faces", async (signal) => {
    await using at = await TestGateway.start();
    let seed = 42;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
    const statuses = new Map<number, number>();
    const base = Buffer.from(JSON.stringify(report(at)));
    for (let n = 0; n < 150; n++) {
      const isJson = n % 2 === 0;
      const body = isJson
        ? Buffer.from(base)
        : Buffer.from(Array.from({ length: 1 + Math.floor(random() * 200) }, () => Math.floor(random() * 256)));
      for (let flips = 0; flips < 3 && isJson; flips++) body[Math.floor(random() * body.length)] = Math.floor(random() * 256);
      const url = n % 3 === 0 ? at.gateway.otlpUrl : at.gateway.ingestUrl;
      const type = isJson ? "application/json" : "application/x-protobuf";
      const response = await fetch(`${url}/v1/${signal}`, { method: "POST", headers: { "content-type": type }, body });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      await response.arrayBuffer();
      at.clock.advance(1000);
    }
    expect([...statuses.keys()].every((status) => status === 200 || status === 400)).toBe(true);
    expect(statuses.get(400)).toBeGreaterThan(50);
    expect((await fetch(`${at.gateway.consoleUrl}/health`)).status).toBe(200);
  });

  test("other types, encodings, methods and paths", async () => {
    await using at = await TestGateway.start();
    const { ingestUrl, otlpUrl } = at.gateway;
    const ask = async (url: string, init: RequestInit): Promise<number> => (await fetch(url, init)).status;
    for (const base of [ingestUrl, otlpUrl]) {
      expect(await ask(`${base}/v1/metrics`, { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" })).toBe(415);
      const headers = { "content-type": "application/json", "content-encoding": "br" };
      expect(await ask(`${base}/v1/metrics`, { method: "POST", headers, body: "{}" })).toBe(415);
      expect(await ask(`${base}/v1/metrics`, { method: "PUT" })).toBe(405);
      expect(await ask(`${base}/v1/profiles`, { method: "POST" })).toBe(404);
    }
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect(await ask(`${ingestUrl}/v1/metrics`, { method: "POST", headers, body: "no gzip" })).toBe(400);
  });
});

describe("listeners", () => {
  test("a taken port is one line that names port, flag and variable, and nothing stays behind", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const failed = createGateway({ ingestListen: anyPort, otlpListen: { host: "127.0.0.1", port }, consoleListen: anyPort });
    await expect(failed).rejects.toThrow(GatewayError);
    await expect(failed).rejects.toMatchObject({
      code: "port_taken",
      message: `port ${port} of 127.0.0.1 (trusted OTLP) is taken: choose another one with --otlp-listen or MOQSCOPE_GATEWAY_OTLP_LISTEN`,
    });
    taken.close();
  });

  test("closing twice, by scope and with a listener on the stream ends at once", async () => {
    const at = await TestGateway.start();
    const stream = await fetch(`${at.gateway.consoleUrl}/api/stream`);
    await Promise.all([at.close(), at.close()]);
    await expect(stream.text()).rejects.toThrow();
    await expect(fetch(`${at.gateway.consoleUrl}/health`)).rejects.toThrow();
  });
});
