import { connect, reconnect, type Session } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import type { MemoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Relay } from "./relay.ts";
import { startRelay, TestPublisher, TestViewer, until } from "./testing/harness.ts";

interface Running {
  readonly relay: Relay;
  readonly recorder: MemoryRecorder;
}
const webSocket = nodeWebSocket;
let [a, b]: Running[] = [];
const open: { close(): void }[] = [];
beforeEach(async () => {
  const options = { webTransport: "off", tcpInfo: false } as const;
  [a, b] = await Promise.all([startRelay(options), startRelay(options)]);
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await Promise.all([a?.relay.close(), b?.relay.close()]);
});
function both(): { leaving: Running; next: Running } {
  if (!a || !b) throw new Error("not started");
  return { leaving: a, next: b };
}
/** Keeps connected from the relay that will leave, and tells of each session. */
function stay(relay: Relay, path: string, onSession: (session: Session) => void, publish?: TestPublisher): void {
  const connection = reconnect(`${relay.url}/${path}`, { webSocket, ...(publish ? { publish: publish.origin } : {}) });
  open.push(connection);
  void (async () => {
    for await (const status of connection.status()) if (status.kind === "connected") onSession(status.session);
  })();
}

describe("a relay that drains", { timeout: 30_000 }, () => {
  test("is not ready, refuses the new, sends the old to the other relay with their path and token, and ends when they have gone", async () => {
    const { leaving, next } = both();
    const publisher = new TestPublisher("room/live");
    stay(leaving.relay, "", () => {}, publisher);
    const viewers: TestViewer[] = [];
    const sessions: Session[] = [];
    stay(leaving.relay, "room?jwt=t&traceparent=00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", (session) => {
      sessions.push(session);
      void TestViewer.watch(session, "live").then((viewer) => viewers.push(viewer));
    });
    await until(() => viewers.length === 1);
    const pace = setInterval(() => publisher.group(["frame"]), 20);
    try {
      await until(() => (viewers[0]?.finished.length ?? 0) > 2);
      const drained = leaving.relay.drain({ goawayUri: `${next.relay.url}/`, timeoutMs: 20_000 });
      expect((await fetch(`${leaving.relay.adminUrl}/ready`)).status).toBe(503);
      expect((await fetch(`${leaving.relay.adminUrl}/health`)).status).toBe(200);
      await expect(connect(leaving.relay.url, { webSocket })).rejects.toMatchObject({ code: "connect_failed" });
      await until(() => (viewers[1]?.finished.length ?? 0) > 2);
      // The old session is served until the new one has what was read there: nothing between the two is missing.
      const [before, after] = viewers.map((viewer) => viewer.finished);
      expect(Math.min(...(after ?? []))).toBeLessThanOrEqual(Math.max(...(before ?? [])) + 1);
      await drained;
    } finally {
      clearInterval(pace);
    }
    expect(sessions).toHaveLength(2);
    expect((await (await fetch(`${next.relay.adminUrl}/sessions`)).json()) as { sessions: { root: string }[] }).toMatchObject({
      sessions: expect.arrayContaining([expect.objectContaining({ root: "room" })]) as unknown[],
    });
    expect(leaving.recorder.value("moq.relay.sessions_closed", { reason: "goaway", transport: "websocket" })).toBe(2);
    expect(leaving.recorder.value("moq.relay.active_connections", { peer: "client", transport: "websocket" })).toBe(0);
  });

  test("closes those that do not go, or cannot be told, when their time is over", async () => {
    const { leaving } = both();
    const uris: string[] = [];
    const deaf = await connect(`${leaving.relay.url}/x?jwt=t`, { webSocket, onGoaway: (uri) => void uris.push(uri) });
    // Legacy framing, and not even set up: nothing can be told to it.
    const mute = new WebSocket(leaving.relay.url);
    await new Promise((resolve) => mute.once("open", resolve));
    const muteClosed = new Promise((resolve) => mute.once("close", resolve));
    const startMs = performance.now();
    await leaving.relay.drain({ goawayUri: "https://b.example/eu", timeoutMs: 300 });
    expect(performance.now() - startMs).toBeGreaterThan(290);
    expect(uris).toEqual(["https://b.example/eu/x?jwt=t"]);
    expect(await deaf.closed).toMatchObject({ clean: true });
    await muteClosed;
  });

  test("without an address asks to come again, and ends at once when nobody is there", async () => {
    const { leaving, next } = both();
    const uris: string[] = [];
    await connect(leaving.relay.url, { webSocket, onGoaway: (uri) => void uris.push(uri) });
    await Promise.all([leaving.relay.drain({ timeoutMs: 100 }), leaving.relay.drain({ timeoutMs: 100 })]);
    expect(new Set(uris)).toEqual(new Set([""]));
    const startMs = performance.now();
    await next.relay.drain({ timeoutMs: 60_000 });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
