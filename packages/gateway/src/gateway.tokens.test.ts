import { describe, expect, test } from "vitest";
import { post } from "./testing/gateway.ts";
import { playerResource, request, sum } from "./testing/otlp-json.ts";
import { sessionId, TokenGateway } from "./testing/tokens.ts";
import { TelemetryTokens } from "./token/telemetry-token.ts";

const asked = { sid: sessionId, broadcast: "demo/room", role: "player" };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const payloadOf = (token: string): unknown => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

function report(at: TokenGateway, sequence = 1, sid = sessionId, service = "moq-player"): unknown {
  const resource = { ...playerResource({ sessionId: sid, sequence, acked: sequence - 1 }), "service.name": service };
  return request(resource, [
    sum(
      "moq.client.play_attempts",
      sequence,
      { outcome: "started", transport: "websocket" },
      { startMs: at.bornMs, timeMs: at.clock.now() },
    ),
  ]);
}

describe("POST /v1/token", () => {
  test("gives for a MoQ JWT with `get` a player's token of ten minutes", async () => {
    await using at = await TokenGateway.open();
    const response = await at.exchange(asked, await at.jwt({ root: "demo", get: "" }));
    expect(response.status).toBe(200);
    expect(response.headers.get("moq-gateway")).toBe(at.gateway.id);
    const { token, expires_in: lives } = (await response.json()) as { token: string; expires_in: number };
    expect(lives).toBe(600);
    const exp = at.clock.wall() / 1000 + 600;
    expect(payloadOf(token)).toEqual({ ...asked, exp, iat: exp - 600, aud: "telemetry" });
    expect(await at.counted("moq.gateway.tokens", "result")).toEqual({ ok: 1 });
  });

  test("copies the country that the issuer set, and ends with the JWT", async () => {
    await using at = await TokenGateway.open();
    const exp = at.clock.wall() / 1000 + 42;
    const response = await at.exchange(asked, await at.jwt({ root: "demo", get: "", country: "AT", exp }));
    const { token, expires_in: lives } = (await response.json()) as { token: string; expires_in: number };
    expect(lives).toBe(42);
    expect(payloadOf(token)).toMatchObject({ country: "AT", exp });
  });

  test("writes the broadcast as the relay knows it, whatever slashes it was asked with", async () => {
    await using at = await TokenGateway.open();
    const response = await at.exchange({ ...asked, broadcast: "//demo/room/" }, await at.jwt({ get: "" }));
    expect(payloadOf(((await response.json()) as { token: string }).token)).toMatchObject({ broadcast: "demo/room" });
  });

  test.each<[string, Record<string, unknown>, Parameters<TokenGateway["jwt"]>[0] | undefined, string]>([
    ["without a JWT", {}, undefined, "missing"],
    ["for a publisher with `get` only", { role: "publisher" }, { root: "demo", get: "" }, "invalid"],
    ["for a player with `put` only", {}, { root: "demo", put: "" }, "invalid"],
    ["for another broadcast", { broadcast: "other" }, { root: "demo", get: "" }, "invalid"],
    ["with a grant for what lies below the broadcast", {}, { root: "demo", get: "room/below" }, "invalid"],
    ["with an expired JWT", {}, { root: "demo", get: "", exp: 1 }, "expired"],
  ])("refuses %s", async (_, change, claims, result) => {
    await using at = await TokenGateway.open();
    const response = await at.exchange({ ...asked, ...change }, claims && (await at.jwt(claims)));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await at.counted("moq.gateway.tokens", "result")).toEqual({ [result]: 1 });
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ [`token_${result}`]: 1 });
  });

  test.each<[string, unknown]>([
    ["no JSON", "{"],
    ["a list", [asked]],
    ["null", null],
    ["no session", { ...asked, sid: undefined }],
    ["a session that is markup", { ...asked, sid: "<script>alert(1)</script>" }],
    ["a broadcast that is a number", { ...asked, broadcast: 5 }],
    ["a broadcast that is too long", { ...asked, broadcast: "x".repeat(257) }],
    ["a broadcast with a line break", { ...asked, broadcast: "demo\nroom" }],
    ["an unknown role", { ...asked, role: "admin" }],
    ["a prototype", '{"__proto__":{"sid":"0123456789abcdef","broadcast":"demo","role":"player"}}'],
  ])("refuses %s as malformed", async (_, body) => {
    await using at = await TokenGateway.open({ publicPrefixes: { subscribe: [""] } });
    expect((await at.exchange(body)).status).toBe(400);
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ malformed: 1 });
  });

  test("needs nothing below a public prefix, for what is public there", async () => {
    await using at = await TokenGateway.open({ publicPrefixes: { subscribe: ["demo"] } });
    expect((await at.exchange(asked)).status).toBe(200);
    expect((await at.exchange({ ...asked, role: "publisher" })).status).toBe(401);
    expect((await at.exchange({ ...asked, broadcast: "demonstration" })).status).toBe(401);
    expect((await at.exchange(asked, "nonsense")).status).toBe(401);
  });

  test("says that it cannot know while the keys cannot be had", async () => {
    const { TokenError } = await import("@moqscope/token");
    const keys = { find: () => Promise.reject(new TokenError("key_unavailable", "no answer")) };
    await using at = await TokenGateway.open({ tokens: { keys } });
    const response = await at.exchange(asked, await at.jwt({ get: "" }));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
  });

  test("takes POST of JSON only, and no large ones", async () => {
    await using at = await TokenGateway.open({ publicPrefixes: { subscribe: [""] } });
    const url = `${at.gateway.ingestUrl}/v1/token`;
    expect((await fetch(url)).status).toBe(405);
    expect((await post(url, asked, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(url, { ...asked, more: "x".repeat(5_000) })).status).toBe(413);
  });
});

describe("a report where tokens are asked for", () => {
  test("counts with its session's token, again after it was renewed", async () => {
    await using at = await TokenGateway.open({ tokens: { lifeMs: 60_000 } });
    const first = await at.token();
    expect((await at.report(report(at, 1), bearer(first))).status).toBe(200);
    at.clock.advance(60_000);
    expect((await at.report(report(at, 2), bearer(first))).status).toBe(401);
    const second = await at.token();
    expect((await at.report(report(at, 2), bearer(second))).status).toBe(200);
    expect((await at.metrics("name=moq.client.play_attempts")).metrics).toMatchObject([{ value: 2 }]);
    expect(await at.counted("moq.gateway.tokens", "result")).toEqual({ ok: 4, expired: 1 });
  });

  test.each<[string, (at: TokenGateway) => Promise<Record<string, string>>, string, string]>([
    ["no token", () => Promise.resolve({}), "missing", "token_missing"],
    ["something else", () => Promise.resolve({ authorization: "Basic YTpi" }), "missing", "token_missing"],
    ["nonsense", () => Promise.resolve(bearer("nonsense")), "invalid", "token_invalid"],
    ["the MoQ JWT itself", async (at) => bearer(await at.jwt({ get: "" })), "invalid", "token_invalid"],
    ["another session's token", async (at) => bearer(await at.token("another-session-id")), "wrong_session", "token_invalid"],
    ["a publisher's token", (at) => ofRole(at, "publisher"), "wrong_session", "token_invalid"],
    ["a token of another secret", (at) => signedWith(at, Buffer.alloc(32, 8), 60_000), "invalid", "token_invalid"],
    ["an expired token", (at) => signedWith(at, Buffer.alloc(32, 7), -1), "expired", "token_expired"],
  ])("with %s is refused and counts nothing", async (_, headers, result, reason) => {
    await using at = await TokenGateway.open();
    const given = await headers(at);
    for (const signal of ["metrics", "traces", "logs"]) {
      const body = signal === "metrics" ? report(at) : recordsOf(signal);
      const response = await post(`${at.gateway.ingestUrl}/v1/${signal}`, body, { "moq-gateway": at.gateway.id, ...given });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 16 });
    }
    expect((await at.counted("moq.gateway.tokens", "result"))[result]).toBe(3);
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ [reason]: 3 });
    expect((await at.metrics("service=moq-player")).metrics).toEqual([]);
  });

  test("never takes its token from the query", async () => {
    await using at = await TokenGateway.open();
    const url = `${at.gateway.ingestUrl}/v1/metrics?token=${await at.token()}`;
    expect((await post(url, report(at), { "moq-gateway": at.gateway.id })).status).toBe(401);
  });

  test("is held to a pace by its token, over all signals", async () => {
    await using at = await TokenGateway.open({ ingestLimits: { perToken: 3 } });
    const token = await at.token();
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await post(`${at.gateway.ingestUrl}/v1/logs`, recordsOf("logs"), bearer(token))).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(await at.counted("moq.gateway.rejected", "reason")).toEqual({ rate_session: 2 });
  });
});

async function ofRole(at: TokenGateway, role: string): Promise<Record<string, string>> {
  const response = await at.exchange({ ...asked, role }, await at.jwt({ put: "", get: "" }));
  return bearer(((await response.json()) as { token: string }).token);
}

function signedWith(at: TokenGateway, secret: Uint8Array, lifeMs: number): Promise<Record<string, string>> {
  const tokens = new TelemetryTokens(secret, lifeMs, () => at.clock.wall());
  return Promise.resolve(bearer(tokens.issue({ sid: sessionId, broadcast: "demo/room", role: "player" }).token));
}

function recordsOf(signal: string): unknown {
  const resource = {
    attributes: Object.entries(playerResource({ sessionId, sequence: 1, acked: 0 })).map(([key, value]) => ({
      key,
      value: { stringValue: String(value) },
    })),
  };
  return signal === "traces"
    ? { resourceSpans: [{ resource, scopeSpans: [{ spans: [] }] }] }
    : { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [] }] }] };
}
