import { gzipSync } from "node:zlib";
import { sets } from "@moqscope/telemetry";
import { describe, expect, test } from "vitest";
import type { RejectReason } from "./error.ts";
import type { GatewayOptions } from "./options.ts";
import { post } from "./testing/gateway.ts";
import { attributes, gauge, histogram, playerResource, request, sum } from "./testing/otlp-json.ts";
import { sessionId, TokenGateway } from "./testing/tokens.ts";

type Json = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const viewer = "203.0.113.7";
/** Through a proxy that the gateway trusts: from this machine itself there is no bound by address. */
const behindProxy: GatewayOptions = { trustedProxies: ["127.0.0.1"] };

const frames = (at: TokenGateway, value: number): Json =>
  sum("moq.client.frames_received", value, { media: "video", transport: "websocket" }, { startMs: at.bornMs, timeMs: at.clock.now() });
const startup = (at: TokenGateway): Json =>
  histogram("moq.client.startup_time", [0.2], { transport: "websocket" }, { startMs: at.bornMs, timeMs: at.clock.now() });
const reportOf = (metrics: readonly Json[], sequence = 1): unknown =>
  request(playerResource({ sessionId, sequence, acked: sequence - 1 }), metrics);
/** A copy in which every field of this name has another value. */
const changed = (metric: Json, field: string, value: unknown): Json =>
  JSON.parse(JSON.stringify(metric), (key, old: unknown) => (key === field ? value : old)) as Json;

/** What provokes each reason at the public face, over a real socket. What is sent besides is a report that would count. */
interface Provocation {
  readonly status: number;
  readonly options?: GatewayOptions;
  readonly body?: (at: TokenGateway) => unknown;
  readonly headers?: (at: TokenGateway, token: string) => Promise<Headers> | Headers;
  /** How often it is sent; only the last answer has the status. */
  readonly times?: number;
  readonly counted?: number;
}
const provocations: Readonly<Record<RejectReason, Provocation>> = {
  token_missing: { status: 401, headers: () => ({ authorization: "" }) },
  token_invalid: { status: 401, headers: () => ({ authorization: "Bearer nonsense" }) },
  token_expired: { status: 401, headers: (at, token) => (at.clock.advance(600_000), { authorization: `Bearer ${token}` }) },
  origin: { status: 403, headers: () => ({ origin: "https://evil.example" }) },
  content_type: { status: 415, headers: () => ({ "content-type": "text/plain" }) },
  too_large: { status: 413, body: () => " ".repeat(64 * 1024 + 1) },
  inflated_too_large: {
    status: 413,
    headers: () => ({ "content-encoding": "gzip" }),
    body: () => gzipSync(Buffer.alloc(256 * 1024 + 1, 0x20)),
  },
  malformed: { status: 400, body: () => "{" },
  rate_session: { status: 429, body: (at) => reportOf([frames(at, 1)]), times: 6 },
  rate_ip: {
    status: 429,
    options: { ...behindProxy, ingestLimits: { perNetwork: 3 } },
    headers: () => ({ "x-forwarded-for": viewer }),
    times: 4,
  },
  overload: { status: 503, options: { ingestLimits: { perSecond: 3 } }, times: 3 },
  too_many_points: {
    status: 200,
    headers: () => ({ "content-encoding": "gzip" }),
    body: (at) => gzipSync(JSON.stringify(reportOf(Array.from({ length: 257 }, (_, n) => changed(frames(at, 1), "stringValue", `v${n}`))))),
  },
  unknown_metric: {
    status: 200,
    body: (at) => reportOf([sum("moq.client.invented", 1, {}, { startMs: at.bornMs, timeMs: at.clock.now() })]),
  },
  wrong_type: {
    status: 200,
    body: (at) => reportOf([gauge("moq.client.frames_received", 1, {}, { startMs: at.bornMs, timeMs: at.clock.now() })]),
  },
  wrong_bounds: { status: 200, body: (at) => reportOf([changed(changed(startup(at), "explicitBounds", [1]), "bucketCounts", ["1", "0"])]) },
  wrong_temporality: { status: 200, body: (at) => reportOf([changed(frames(at, 1), "aggregationTemporality", 1)]) },
  not_finite: { status: 200, body: (at) => reportOf([changed(frames(at, 1), "asDouble", "NaN")]) },
  negative: { status: 200, body: (at) => reportOf([frames(at, -1)]) },
  decreasing: {
    status: 200,
    body: (at) => reportOf([frames(at, at.clock.now() - at.bornMs > 0 ? 1 : 5)], at.clock.now() - at.bornMs > 0 ? 2 : 1),
    times: 2,
  },
};

describe("every reason to refuse, over a real socket, in its counter", () => {
  test("there is a provocation for each", () => {
    expect(Object.keys(provocations).toSorted()).toEqual([...sets.rejectReason.values].toSorted());
  });

  test.each(Object.entries(provocations) as [RejectReason, Provocation][])("%s", async (reason, provocation) => {
    await using at = await TokenGateway.open(provocation.options);
    const token = await at.token();
    let status = 0;
    for (let time = 0; time < (provocation.times ?? 1); time++) {
      if (time > 0 && reason === "decreasing") at.clock.advance(1_000);
      const headers = await provocation.headers?.(at, token);
      const body = provocation.body?.(at) ?? reportOf([frames(at, 1)], time + 1);
      const response = await send(at, body, { authorization: `Bearer ${token}`, ...headers });
      ({ status } = response);
      if (status === 429 || status === 503) expect(response.headers.get("retry-after")).toBe("5");
    }
    expect(status).toBe(provocation.status);
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ [reason]: 1 });
  });
});

async function send(at: TokenGateway, body: unknown, headers: Headers): Promise<Response> {
  const url = `${at.gateway.ingestUrl}/v1/metrics`;
  const all = { "content-type": "application/json", "moq-gateway": at.gateway.id, ...headers };
  return await fetch(url, {
    method: "POST",
    headers: all,
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("paces", () => {
  const ask = async (at: TokenGateway, address: string): Promise<number> =>
    (await post(`${at.gateway.ingestUrl}/v1/logs`, "{}", { "x-forwarded-for": address })).status;

  test("one of each /24 and each /56, and none for what no trusted proxy says", async () => {
    const options = { ...behindProxy, ingestLimits: { perNetwork: 1 } };
    await using at = await TokenGateway.open(options);
    const networks = ["203.0.113.7", "203.0.112.7", "2001:db8:1:100::1", "2001:db8:1:200::1"];
    for (const address of networks) expect(await ask(at, address)).toBe(401);
    for (const address of ["203.0.113.99", "203.0.112.99", "2001:db8:1:1ff::2", "2001:db8:1:2ab::2"])
      expect(await ask(at, address)).toBe(429);
    await using untrusting = await TokenGateway.open({ ingestLimits: { perNetwork: 1 } });
    for (const address of ["203.0.113.7", "203.0.113.8"]) expect(await ask(untrusting, address)).toBe(401);
  });

  test("too much for all raises the interval in every answer, for a minute", async () => {
    await using at = await TokenGateway.open({ ingestLimits: { perSecond: 2 }, reportIntervalMs: 10_000 });
    const intervals: (string | null)[] = [];
    const note = (response: Response): number => (intervals.push(response.headers.get("moq-report-interval")), response.status);
    const logs = (): Promise<Response> => post(`${at.gateway.ingestUrl}/v1/logs`, "{}");
    expect([note(await logs()), note(await logs()), note(await logs())]).toEqual([401, 401, 503]);
    const time = (): Promise<Response> => fetch(`${at.gateway.ingestUrl}/v1/time`);
    note(await time());
    at.clock.advance(60_000);
    note(await time());
    expect(intervals).toEqual(["10000", "10000", "30000", "30000", "10000"]);
  });
});

describe("spans", () => {
  const traceId = (n: number): string => n.toString(16).padStart(32, "0");
  let spanId = 0;
  const spansOf = (sid: string, traces: readonly string[], name = "moq.rebuffer"): unknown => ({
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": "moq-player", "session.id": sid }) },
        scopeSpans: [
          {
            spans: traces.map((each) => ({
              traceId: each,
              spanId: (++spanId).toString(16).padStart(16, "0"),
              name,
              startTimeUnixNano: "1",
              endTimeUnixNano: "2",
            })),
          },
        ],
      },
    ],
  });
  const report = async (at: TokenGateway, sid: string, body: unknown): Promise<unknown> =>
    (await post(`${at.gateway.ingestUrl}/v1/traces`, body, { authorization: `Bearer ${await at.token(sid)}` })).json();

  test("are kept to 20 of a session in a minute", async () => {
    await using at = await TokenGateway.open();
    const body = spansOf(
      sessionId,
      Array.from({ length: 25 }, (_, n) => traceId(n + 1)),
    );
    expect(await report(at, sessionId, body)).toEqual({ partialSuccess: { rejectedSpans: "5", errorMessage: "5 × rate_session" } });
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ rate_session: 5 });
    at.clock.advance(59_000);
    expect(
      await report(
        at,
        sessionId,
        spansOf(
          sessionId,
          Array.from({ length: 20 }, (_, n) => traceId(n + 100)),
        ),
      ),
    ).toEqual({});
  });

  test("are kept to 50 of a trace, however many sessions write it", async () => {
    await using at = await TokenGateway.open();
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const sid = `session-number-${n}-of-3`;
      answers.push(
        await report(
          at,
          sid,
          spansOf(
            sid,
            Array.from({ length: 20 }, () => traceId(1)),
          ),
        ),
      );
    }
    expect(answers).toEqual([{}, {}, { partialSuccess: { rejectedSpans: "10", errorMessage: "10 × too_many_points" } }]);
  });

  test("and log records of one request are read up to 64, those that the registry does not hold are refused", async () => {
    await using at = await TokenGateway.open();
    const many = await report(
      at,
      sessionId,
      spansOf(
        sessionId,
        Array.from({ length: 70 }, (_, n) => traceId(n + 1)),
        "invented",
      ),
    );
    expect(many).toEqual({ partialSuccess: { rejectedSpans: "70", errorMessage: "6 × too_many_points, 64 × unknown_metric" } });
  });
});
