import { describe, expect, test } from "vitest";
import { post } from "./testing/gateway.ts";
import { attributes, playerResource, request, sum } from "./testing/otlp-json.ts";
import { sessionId, TokenGateway } from "./testing/tokens.ts";

const canary = { address: "203.0.113.77", agent: "CanaryBrowser/9.8.7", jwt: "canary-secret", proto: "canary-proto" };

/** Everything that the gateway can be asked for, and everything that it told its log. */
async function everything(at: TokenGateway, told: readonly string[]): Promise<string> {
  at.clock.advance(11_000);
  const paths = ["api/summary", "api/metrics", "api/sessions", "api/traces", "api/logs", "metrics", 'api/v1/series?match[]={job=~".+"}'];
  const answers = await Promise.all(paths.map(async (path) => await (await fetch(`${at.gateway.consoleUrl}/${path}`)).text()));
  const traces = JSON.parse(answers[3] ?? "") as { spans: { traceId: string }[] };
  for (const { traceId } of traces.spans) answers.push(await (await fetch(`${at.gateway.consoleUrl}/api/traces/${traceId}`)).text());
  return [...answers, ...told].join("\n");
}

describe("what is kept of a viewer", () => {
  test("neither address nor User-Agent nor token, and text without query, fragment and tokens", async () => {
    const told: string[] = [];
    const recorder = { event: (...all: readonly unknown[]) => void told.push(JSON.stringify(all)) };
    await using at = await TokenGateway.open({ trustedProxies: ["127.0.0.1"], recorder });
    const jwt = await at.jwt({ root: "demo", get: "", put: "" });
    const token = await at.token(sessionId, jwt);
    const headers = {
      authorization: `Bearer ${token}`,
      "x-forwarded-for": canary.address,
      "user-agent": `Mozilla/5.0 (X11; Linux x86_64) ${canary.agent} Chrome/142.0.0.0`,
      "moq-gateway": at.gateway.id,
    };
    const url = `${at.gateway.ingestUrl}/v1`;
    const resource = playerResource({ sessionId, sequence: 1, acked: 0 });
    const times = { startMs: at.bornMs, timeMs: at.clock.now() };
    const points = [
      sum("moq.client.play_attempts", 1, { outcome: "started", transport: "websocket", [canary.proto]: "x", __proto__x: "y" }, times),
    ];
    expect((await post(`${url}/metrics`, request(resource, points), headers)).status).toBe(200);
    const secrets = {
      message: `failed https://user:${canary.jwt}@relay.example/live?jwt=${canary.jwt}#${canary.jwt} with ${jwt}, /live/a?x=${canary.jwt}`,
      url: `https://relay.example/live?jwt=${canary.jwt}`,
      [canary.proto]: canary.jwt,
    };
    const log = {
      timeUnixNano: "1",
      severityNumber: 17,
      eventName: "moq.player.error",
      body: { stringValue: secrets.message },
      attributes: attributes(secrets),
    };
    const who = { attributes: attributes(resource) };
    expect(
      await (await post(`${url}/logs`, { resourceLogs: [{ resource: who, scopeLogs: [{ logRecords: [log] }] }] }, headers)).json(),
    ).toEqual({});
    const span = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      name: "moq.connect",
      startTimeUnixNano: "1",
      endTimeUnixNano: "2",
      status: { code: 2, message: secrets.message },
      attributes: attributes({ "moq.url": secrets.url, [canary.proto]: canary.jwt }),
    };
    expect(
      await (await post(`${url}/traces`, { resourceSpans: [{ resource: who, scopeSpans: [{ spans: [span] }] }] }, headers)).json(),
    ).toEqual({});
    // what is refused leaves no more behind
    for (const bad of ["{", JSON.stringify({ resourceMetrics: canary.address })]) await post(`${url}/metrics`, bad, headers);
    const kept = await everything(at, told);
    // by itself, as a failure would print all of it
    const held = (text: string): boolean => kept.includes(text);
    expect(["https://relay.example/live", "b7ad6b7169203331", "failed", "[token]"].filter((text) => !held(text))).toEqual([]);
    expect([...Object.values(canary), jwt, token, jwt.split(".")[1] ?? ""].filter(held)).toEqual([]);
  });

  test("attributes that the registry does not hold are stripped, prototypes are only names", async () => {
    await using at = await TokenGateway.open();
    const authorization = `Bearer ${await at.token()}`;
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`invented.${n}`, "x"]));
    const record = {
      timeUnixNano: "1",
      severityNumber: 9,
      eventName: "moq.player.state",
      attributes: [
        { key: "__proto__", value: { kvlistValue: { values: [{ key: "polluted", value: { stringValue: "yes" } }] } } },
        { key: "constructor", value: { stringValue: "x" } },
        ...attributes({ ...many, state: "playing" }),
      ],
    };
    const resource = { attributes: attributes(playerResource({ sessionId, sequence: 1, acked: 0 })) };
    const body = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] };
    expect(await (await post(`${at.gateway.ingestUrl}/v1/logs`, body, { authorization })).json()).toEqual({});
    const { logs } = await at.ask<{ logs: { event: string; attributes: Record<string, string> }[] }>("api/logs");
    expect(logs.find(({ event }) => event === "moq.player.state")?.attributes).toEqual({ state: "playing", "session.id": sessionId });
    expect("polluted" in {}).toBe(false);
  });
});

describe("pages", () => {
  const ask = async (at: TokenGateway, origin: string, host?: string): Promise<number> => {
    const { request: send } = await import("node:http");
    const { port } = new URL(at.gateway.ingestUrl);
    return await new Promise((resolve, reject) => {
      const headers = { origin, ...(host === undefined ? {} : { host }) };
      send({ port, path: "/v1/time", headers }, (response) => resolve(response.resume().statusCode ?? 0))
        .on("error", reject)
        .end();
    });
  };

  test("of the gateway's own host may report where tokens are asked for", async () => {
    await using at = await TokenGateway.open();
    expect(await ask(at, "https://watch.example", "watch.example")).toBe(200);
    expect(await ask(at, "https://watch.example", "other.example")).toBe(403);
    expect(await ask(at, "null", "null")).toBe(403);
  });

  test("of a name that was bent to this machine may not, where none are asked for", async () => {
    const { TestGateway } = await import("./testing/gateway.ts");
    await using at = await TestGateway.start();
    expect(await ask(at as TokenGateway, "http://evil.example:4319", "evil.example:4319")).toBe(403);
  });
});
