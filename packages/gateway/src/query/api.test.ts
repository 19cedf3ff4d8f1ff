import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SeriesAnswer, Summary } from "@moqscope/telemetry/query";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestGateway } from "../testing/gateway.ts";
import { playerResource, request, sum } from "../testing/otlp-json.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "moqscope-console-"));
  await mkdir(join(folder, "dist", "assets"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "dist", "index.html"), "<!doctype html><title>console</title>");
  await writeFile(join(folder, "dist", "assets", "main-Ab12Cd34.js"), "export {};");
  await symlink(join(folder, "secret.txt"), join(folder, "dist", "link.txt"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A request as it is, without the tidying that fetch does to paths and Host. */
function raw(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = httpRequest({ hostname, port, path, headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the console's files", () => {
  test("are served with their type, a policy and an ETag", async () => {
    await using at = await TestGateway.start({ consoleDir: join(folder, "dist") });
    const page = await fetch(`${at.gateway.consoleUrl}/`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(await page.text()).toContain("console");
    const etag = page.headers.get("etag") ?? "";
    expect((await fetch(`${at.gateway.consoleUrl}/`, { headers: { "if-none-match": etag } })).status).toBe(304);
    const script = await fetch(`${at.gateway.consoleUrl}/assets/main-Ab12Cd34.js`);
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toContain("immutable");
  });

  test.each(["/../secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/assets", "/%00", "/%"])(
    "%s leads nowhere",
    async (path) => {
      await using at = await TestGateway.start({ consoleDir: join(folder, "dist") });
      const { status, body } = await raw(at.gateway.consoleUrl, path);
      expect(status).toBe(404);
      expect(body).not.toContain("secret");
    },
  );

  test("that are not built are a page that says how to build them", async () => {
    await using at = await TestGateway.start({ consoleDir: join(folder, "nothing") });
    expect(await (await fetch(at.gateway.consoleUrl)).text()).toContain("--filter @moqscope/console build");
  });
});

describe("questions that cannot be answered", () => {
  test.each([
    ["/api/summary?window=soon", 400, "?window=60"],
    ["/api/summary?window=0", 400, "?window=60"],
    ["/api/series", 400, "?name=moq.relay.active_subscribers"],
    ["/api/series?name=x&attributes={", 400, "?attributes="],
    ["/api/series?name=x&seconds=1e9", 400, "?seconds=900"],
    ["/api/nothing", 404, "/api/summary"],
    ["/api/traces/xyz", 404, "traces/<32 hex digits>"],
  ])("%s says what is wrong and what to do", async (path, status, remedy) => {
    await using at = await TestGateway.start();
    const response = await fetch(at.gateway.consoleUrl + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) as string, remedy: expect.stringContaining(remedy) as string });
  });

  test("a page that found this machine by a name of its own is refused", async () => {
    await using at = await TestGateway.start();
    expect((await raw(at.gateway.consoleUrl, "/api/summary", { host: "rebound.example:4320" })).status).toBe(403);
    expect((await raw(at.gateway.consoleUrl, "/api/summary", { host: "localhost:4320" })).status).toBe(200);
  });
});

test("samples reach back as long as they are kept, also those of a process that is gone", { timeout: 30_000 }, async () => {
  await using at = await TestGateway.start({ rules: [], alerts: [] });
  const startMs = at.clock.now();
  const relay = { "service.name": "moq-relay", "service.instance.id": "r1" };
  for (let minute = 1; minute <= 3; minute++) {
    at.clock.advance(60_000);
    const times = { startMs, timeMs: at.clock.now() };
    await at.export(request(relay, [sum("moq.relay.bytes_sent", minute * 10, { peer: "client" }, times)]));
  }
  at.clock.advance(16 * 60_000);
  const series = async (seconds: number): Promise<readonly number[]> => {
    const answer = await at.ask<SeriesAnswer>(`api/series?name=moq.relay.bytes_sent&seconds=${seconds}`);
    return answer.series.flatMap(({ points }) => points.map(({ value }) => value));
  };
  // from the zero of its birth on
  expect(await series(7200)).toEqual(Array.from({ length: 4 }, (_, minute) => minute * 10));
  expect(await series(900)).toEqual([]);
  expect((await at.metrics("name=moq.relay.bytes_sent")).metrics).toEqual([]);
});

describe("the stream", () => {
  test("gives the present at once and then each second", async () => {
    await using at = await TestGateway.start();
    const response = await fetch(`${at.gateway.consoleUrl}/api/stream`);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    const seen: number[] = [];
    let text = "";
    while (seen.length < 3) {
      text += decoder.decode((await reader.read()).value, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data === undefined) continue;
        seen.push((JSON.parse(data) as Summary).nowMs);
        at.clock.advance(1000);
      }
    }
    expect(seen.map((ms) => ms - at.bornMs)).toEqual([0, 1000, 2000]);
    await reader.cancel();
  });
});

describe("/metrics", () => {
  test("has own and fleet series once each, zero first, with job and instance", async () => {
    await using at = await TestGateway.start({ instanceId: "g1" });
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const labels = { outcome: "started", transport: "websocket" };
    await at.report(
      request(playerResource({ sessionId: "0123456789abcdef", sequence: 1, acked: 0 }), [
        sum("moq.client.play_attempts", 2, labels, times),
      ]),
    );
    const text = await (await fetch(`${at.gateway.consoleUrl}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith("moq_client_play_attempts_total{"));
    expect(lines).toHaveLength(3 * 10 * 4);
    expect(lines.filter((line) => !line.endsWith(" 0"))).toEqual([
      'moq_client_play_attempts_total{job="moq-player",instance="g1",outcome="started",region="unknown",transport="websocket"} 2',
    ]);
    const types = text.split("\n").filter((line) => line.startsWith("# TYPE"));
    expect(new Set(types).size).toBe(types.length);
    expect(text).toContain('moq_gateway_duplicates_total{job="moq-gateway",instance="g1"} 0');
    expect(text).not.toContain("0123456789abcdef");
  });

  test.each([
    ["", "text/plain; version=0.0.4; charset=utf-8"],
    ["text/html, */*", "text/plain; version=0.0.4; charset=utf-8"],
    ["text/plain;q=0.9,application/openmetrics-text;q=0.5", "text/plain; version=0.0.4; charset=utf-8"],
    [
      "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ],
  ])("for Accept %j is %s", async (accept, type) => {
    await using at = await TestGateway.start();
    const response = await fetch(`${at.gateway.consoleUrl}/metrics`, { headers: { accept } });
    expect(response.headers.get("content-type")).toBe(type);
    expect((await response.text()).endsWith("# EOF\n")).toBe(type.startsWith("application/"));
  });
});
