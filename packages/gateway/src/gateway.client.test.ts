import { startBrowserTelemetry } from "@moqscope/telemetry/browser";
import { describe, expect, test } from "vitest";
import { sessionId, TokenGateway } from "./testing/tokens.ts";

/** The player's own set-up against a gateway that asks for tokens, over real sockets; no page, so it is told to go on by hand. */
function player(at: TokenGateway, token: Parameters<typeof startBrowserTelemetry>[0]["token"]) {
  const told: string[] = [];
  const telemetry = startBrowserTelemetry({
    endpoint: at.gateway.ingestUrl,
    sessionId,
    token,
    onError: ({ code }) => void told.push(code),
  });
  return { telemetry, told };
}
const attempts = async (at: TokenGateway): Promise<unknown> => {
  at.clock.advance(1000);
  return (await at.metrics("name=moq.client.play_attempts")).metrics.map(({ value }) => value);
};

describe("our player's telemetry", () => {
  test("exchanges its JWT for a token and is counted", async () => {
    await using at = await TokenGateway.open();
    const { telemetry, told } = player(at, { broadcast: "demo/room", jwt: await at.jwt({ root: "demo", get: "" }) });
    telemetry.recorder.counter("moq.client.play_attempts", { outcome: "started", transport: "websocket" }).add();
    // the first report learns the gateway's id, the next one counts
    for (const _ of [1, 2, 3]) await telemetry.flush("startup");
    expect(await attempts(at)).toEqual([1]);
    const tokens = await at.counted("moq.gateway.tokens", "result");
    expect(tokens["ok"]).toBeGreaterThan(1);
    expect([Object.keys(tokens), told]).toEqual([["ok"], []]);
    await telemetry.close();
  });

  test("below a public prefix needs no JWT", async () => {
    await using at = await TokenGateway.open({ publicPrefixes: { subscribe: ["demo"] } });
    const { telemetry } = player(at, { broadcast: "demo/room" });
    telemetry.recorder.counter("moq.client.play_attempts", { outcome: "started", transport: "websocket" }).add();
    for (const _ of [1, 2, 3]) await telemetry.flush("startup");
    expect(await attempts(at)).toEqual([1]);
    await telemetry.close();
  });

  test("with a JWT for another broadcast is refused, told so, and counts nothing", async () => {
    await using at = await TokenGateway.open();
    const { telemetry, told } = player(at, { broadcast: "demo/room", jwt: await at.jwt({ root: "other", get: "" }) });
    telemetry.recorder.counter("moq.client.play_attempts", { outcome: "started", transport: "websocket" }).add();
    for (const _ of [1, 2]) await telemetry.flush("startup");
    await telemetry.close();
    expect(told).toContain("token_refused");
    expect(await attempts(at)).toEqual([]);
  });
});
