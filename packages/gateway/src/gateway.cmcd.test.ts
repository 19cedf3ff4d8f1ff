import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { line, viewerId } from "./testing/cmcd.ts";
import { TestGateway } from "./testing/gateway.ts";

describe("POST /v1/cmcd on the public face", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start();
  });
  afterAll(() => gateway.close());

  const send = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${gateway.gateway.ingestUrl}/v1/cmcd`, {
      method: "POST",
      headers: { "content-type": "application/cmcd", ...headers },
      body: body as string,
    });
  const counted = async (name: string, attributes: Readonly<Record<string, string>>): Promise<number> => {
    gateway.clock.advance(1000);
    const { metrics } = await gateway.metrics(`name=${name}`);
    const found = metrics.find((one) => Object.entries(attributes).every(([key, value]) => one.attributes[key] === value));
    return found?.value ?? found?.histogram?.count ?? 0;
  };

  test("puts a viewer beside those who report OTLP, and counts the request by its format", async () => {
    const answer = await send(`${line(0, 0, "sta=s")}\n${line(1, 0.5, "sta=p")}\n`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({});
    expect(await counted("moq.client.startup_time", { transport: "unknown" })).toBe(1);
    expect(await counted("moq.client.play_attempts", { outcome: "started" })).toBe(1);
    expect(await counted("moq.gateway.reports", { signal: "metrics", format: "cmcd" })).toBe(1);
    expect((await gateway.sessions()).sessions).toMatchObject([{ sessionId: viewerId, state: "playing" }]);
  });

  test("lets a page on this machine ask first, and a page from elsewhere not", async () => {
    const ask = (origin: string): Promise<Response> =>
      fetch(`${gateway.gateway.ingestUrl}/v1/cmcd`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
      });
    const local = await ask("http://localhost:8080");
    expect(local.status).toBe(204);
    expect(local.headers.get("access-control-allow-origin")).toBe("http://localhost:8080");
    expect(local.headers.get("access-control-allow-headers")).toContain("content-type");
    expect((await ask("https://elsewhere.example")).status).toBe(403);
  });

  test("says of each thing that it does not take why, and counts it by reason", async () => {
    const v1 = `bl=2000,br=3000,sid="${viewerId}"`;
    const cases: readonly [Promise<Response>, number, string, RegExp][] = [
      [send(v1), 400, "wrong_type", /version: 2/],
      [send(`sid="${viewerId}",sn=0,v=2`), 400, "wrong_type", /event target/],
      [send("\u0000"), 400, "malformed", /character 1/],
      [send(new Uint8Array([0xff, 0xfe])), 400, "malformed", /UTF-8/],
      [send(line(0, 0, ""), { "content-type": "application/json" }), 415, "content_type", /application\/cmcd/],
      [send("x".repeat(70_000)), 413, "too_large", /65536/],
    ];
    for (const [sent, status, reason, message] of cases) {
      const answer = await sent;
      expect(answer.status, reason).toBe(status);
      expect(((await answer.json()) as { message: string }).message).toMatch(message);
      expect(await counted("moq.gateway.rejected", { signal: "metrics", reason }), reason).toBeGreaterThan(0);
    }
    expect((await fetch(`${gateway.gateway.ingestUrl}/v1/cmcd`)).status).toBe(405);
  });

  test("holds a session to a rate, with an answer after which a player sends the same lines again", async () => {
    const sid = "one-that-sends-too-much";
    const answers = await Promise.all(Array.from({ length: 60 }, (_, sn) => send(line(sn, sn / 60, "e=t,sta=p", sid))));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20);
    expect(refused[0]?.headers.get("retry-after")).not.toBeNull();
  });
});
