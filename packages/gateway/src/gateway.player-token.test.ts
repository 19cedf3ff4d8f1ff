import { type BrowserTelemetryOptions, startBrowserTelemetry } from "@moqscope/telemetry/browser";
import { describe, expect, test, vi } from "vitest";
import { TokenGateway } from "./testing/tokens.ts";

/** The set-up for browsers against a gateway that asks for tokens: what a player does with its MoQ JWT. */
async function play(at: TokenGateway, token: BrowserTelemetryOptions["token"]) {
  const told: string[] = [];
  const telemetry = startBrowserTelemetry({
    endpoint: at.gateway.ingestUrl,
    intervalMs: 60_000,
    token,
    onError: ({ code }) => told.push(code),
  });
  const frames = telemetry.recorder.counter("moq.client.frames_received", { media: "video", transport: "websocket" });
  frames.add(50);
  telemetry.recorder.span("moq.rebuffer").end();
  telemetry.recorder.event("info", "moq.player.state", { state: "playing" });
  return { telemetry, frames, told };
}
const framesAt = async (at: TokenGateway): Promise<number | undefined> =>
  (await at.metrics("name=moq.client.frames_received&service=moq-player")).metrics[0]?.value;

describe("a player with a MoQ JWT", () => {
  test("gets a telemetry token by itself, and metrics, spans and events are taken", async () => {
    await using at = await TokenGateway.open();
    const { telemetry, told } = await play(at, { broadcast: "demo/room", jwt: await at.jwt({ root: "demo", get: "" }) });
    await telemetry.flush("startup");
    await vi.waitFor(async () => expect(await framesAt(at)).toBe(50));
    expect(await at.counted("moq.gateway.tokens", "result")).toMatchObject({ ok: expect.any(Number) as number });
    const mine = { "session.id": telemetry.sessionId };
    await vi.waitFor(async () => {
      const traces = await at.ask<{ spans: unknown[] }>("api/traces");
      const logs = await at.ask<{ logs: unknown[] }>("api/logs");
      expect(traces.spans).toMatchObject([{ name: "moq.rebuffer", attributes: mine }]);
      expect(logs.logs).toContainEqual(expect.objectContaining({ event: "moq.player.state", service: "moq-player" }));
    });
    await telemetry.close();
    expect(told).toEqual([]);
  });

  test("goes on over the end of its token: a report that is refused costs nothing", async () => {
    await using at = await TokenGateway.open();
    const { telemetry, frames } = await play(at, {
      broadcast: "demo/room",
      // A token ends with its MoQ JWT.
      jwt: () => at.jwt({ root: "demo", get: "", exp: Math.floor(at.clock.wall() / 1000) + 5 }),
    });
    await telemetry.flush("startup");
    await vi.waitFor(async () => expect(await framesAt(at)).toBe(50));
    // By the gateway's clock the token is over, by the page's it is not.
    at.clock.advance(6_000);
    frames.add(7);
    await telemetry.close();
    const { metrics } = await at.metrics("name=moq.client.frames_received&service=moq-player");
    expect(metrics.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(57);
    expect(await at.counted("moq.gateway.tokens", "result")).toMatchObject({ expired: 1 });
  });

  test("that lets it into another broadcast reports nothing and is told why", async () => {
    await using at = await TokenGateway.open();
    const { telemetry, told } = await play(at, { broadcast: "demo/room", jwt: await at.jwt({ root: "other", get: "" }) });
    await telemetry.flush("startup");
    await telemetry.close();
    expect(told).toEqual(["token_refused"]);
    expect(await framesAt(at)).toBeUndefined();
  });
});
