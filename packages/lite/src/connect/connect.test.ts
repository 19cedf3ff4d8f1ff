import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { LiteError, LiteErrorCode } from "../error.ts";
import { acceptWebSocket, nodeWebSocket, selectSubprotocol, webSocketServerOptions } from "../node/index.ts";
import type { Session } from "../session/session.ts";
import { startSession } from "../session/start.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import type { TransportClosed, TransportKind } from "../transport/transport.ts";
import { connect } from "./connect.ts";
import { TransportMemory } from "./memory.ts";
import { toWebSocketUrl } from "./open-socket.ts";
import type { ConnectAttempt } from "./race.ts";
import { type ConnectionStatus, reconnect } from "./reconnect.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});
async function raw(accept: (socket: WebSocket, url: string | undefined) => void, protocol = selectSubprotocol): Promise<string> {
  const server = new WebSocketServer({
    ...webSocketServerOptions,
    host: "127.0.0.1",
    port: 0,
    handleProtocols: (offers) => protocol(offers) ?? false,
  });
  const sockets: WebSocket[] = [];
  server.on("connection", (socket, request) => {
    sockets.push(socket);
    accept(socket, request.url);
  });
  await new Promise((resolve) => server.once("listening", resolve));
  cleanup.push(() => {
    for (const socket of sockets) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

test.each([
  ["http://host:4443/room/a?jwt=a%2Fb", "ws://host:4443/room/a?jwt=a%2Fb"],
  ["https://host/", "wss://host/"],
  ["wss://host/x#part", "wss://host/x"],
])("%s is dialled as %s", (url, dialled) => {
  expect(toWebSocketUrl(url)).toBe(dialled);
});
test("another scheme, or none, is refused", async () => {
  await expect(connect("ftp://host/")).rejects.toMatchObject({ code: "connect_failed" });
  await expect(connect("host")).rejects.toMatchObject({ code: "connect_failed" });
});

describe("one attempt", () => {
  async function attempt(
    url: string,
    options = {},
  ): Promise<{ readonly attempts: ConnectAttempt[]; readonly phases: string[]; error?: unknown }> {
    const attempts: ConnectAttempt[] = [];
    const phases: string[] = [];
    try {
      const session = await connect(url, {
        webSocket: nodeWebSocket,
        onAttempt: (one) => attempts.push(one),
        onPhase: (phase, elapsedMs) => phases.push(elapsedMs >= 0 ? phase : "negative"),
        ...options,
      });
      session.close();
      return { attempts, phases };
    } catch (error) {
      return { attempts, phases, error };
    }
  }
  test("that succeeds tells its phases, and path and query arrive untouched", async () => {
    const urls: (string | undefined)[] = [];
    const address = await raw((socket, url) => {
      urls.push(url);
      startSession(acceptWebSocket(socket, { protocol: socket.protocol }), { role: "server" });
    });
    const { attempts, phases } = await attempt(`${address}room/a?jwt=x%2Fy`);
    expect(urls).toEqual(["/room/a?jwt=x%2Fy"]);
    expect(phases).toEqual(["resolve", "connect", "setup"]);
    expect(attempts).toMatchObject([{ transport: "websocket", result: "ok" }]);
  });
  test("to a closed port is a transport error", async () => {
    const { attempts, error } = await attempt("http://127.0.0.1:1/");
    expect(attempts).toMatchObject([{ result: "transport_error" }]);
    expect(error).toMatchObject({ code: "connect_failed" });
  });
  test("to a server that never speaks is a timeout", async () => {
    const address = await raw(() => {});
    const { attempts, error } = await attempt(address, { limits: { handshakeMs: 50 } });
    expect(attempts).toMatchObject([{ result: "timeout" }]);
    expect(error).toMatchObject({ code: "timeout" });
  });
  test("to a server that closes before SETUP is a setup error, or unauthorized when it says so", async () => {
    for (const [code, result] of [
      [15, "setup_error"],
      [6, "unauthorized"],
    ] as const) {
      const address = await raw((socket) => acceptWebSocket(socket, { protocol: socket.protocol }).close(code, "no"));
      const { attempts } = await attempt(address);
      expect(attempts).toMatchObject([{ result }]);
    }
  });
  test("to a server that answers with what was not offered is refused", async () => {
    const address = await raw(
      () => {},
      () => undefined,
    );
    const { attempts } = await attempt(address);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.result).not.toBe("ok");
  });
  test("that is cancelled says so and gives the signal's reason", async () => {
    const address = await raw(() => {});
    const reason = new Error("enough");
    const { attempts, error } = await attempt(address, { signal: AbortSignal.abort(reason) });
    expect(attempts).toMatchObject([{ result: "cancelled" }]);
    expect(error).toBe(reason);
  });
});

describe("reconnecting", () => {
  function fake(kind: TransportKind = "websocket"): { readonly session: Session; readonly lose: () => void } {
    const closed = Promise.withResolvers<TransportClosed>();
    const end = (by: "local" | "lost"): void => closed.resolve({ clean: by === "local", code: 0, reason: "", by });
    const session = { transport: { kind }, closed: closed.promise, close: () => end("local") };
    return { session: session as unknown as Session, lose: () => end("lost") };
  }
  function follow(status: AsyncIterable<ConnectionStatus>): string[] {
    const lines: string[] = [];
    void (async () => {
      for await (const one of status)
        lines.push(
          one.kind === "connecting" ? `connecting ${one.attempt}` : one.kind === "waiting" ? `waiting ${one.retryInMs}` : one.kind,
        );
    })();
    return lines;
  }
  test("waits 1 s, doubled up to 5 s, and begins anew after a success", async () => {
    const clock = new FakeClock();
    const { session, lose } = fake();
    let calls = 0;
    const connection = reconnect("http://relay/", {
      clock,
      random: () => 1,
      connect: () => {
        calls++;
        return calls === 5 ? Promise.resolve(session) : Promise.reject(new LiteError(LiteErrorCode.connectFailed, "down"));
      },
    });
    const lines = follow(connection.status());
    await clock.advance(1000 + 2000 + 4000 + 5000);
    expect(connection.current).toBe(session);
    lose();
    await clock.advance(1);
    expect(connection.current).toBeUndefined();
    await clock.advance(1000);
    connection.close();
    connection.close();
    await settle();
    expect(lines.filter((line) => line.startsWith("waiting"))).toEqual([
      "waiting 1000",
      "waiting 2000",
      "waiting 4000",
      "waiting 5000",
      "waiting 1000",
      "waiting 1000",
    ]);
    expect(lines.at(-1)).toBe("closed");
    await clock.advance(60_000);
    expect(calls).toBe(6);
  });
  test("does not wait when WebTransport fell silent, and remembers it", async () => {
    const clock = new FakeClock();
    const memory = new TransportMemory(clock);
    const first = fake("webtransport");
    let calls = 0;
    const connection = reconnect("http://relay/room?jwt=x", {
      clock,
      memory,
      connect: () => Promise.resolve(calls++ === 0 ? first.session : fake().session),
    });
    await settle();
    expect(memory.avoids("http://relay/room")).toBe(false);
    first.lose();
    await clock.advance(1);
    expect(calls).toBe(2);
    expect(memory.avoids("http://relay/room?jwt=y")).toBe(true);
    connection.close();
  });
  test("gives up when told to, with the last error", async () => {
    const clock = new FakeClock();
    const connection = reconnect("http://relay/", {
      clock,
      giveUpAfterMs: 10_000,
      connect: () => Promise.reject(new LiteError(LiteErrorCode.unauthorized, "no")),
    });
    await clock.advance(20_000);
    const { value } = await connection.status()[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ kind: "closed", error: { code: "unauthorized" } });
  });

  describe("when the peer asks us to go", () => {
    function moving(): {
      readonly asked: string[];
      readonly goaways: ((uri: string) => void)[];
      readonly all: ReturnType<typeof fake>[];
      fail: boolean;
    } {
      return { asked: [], goaways: [], all: [], fail: false };
    }
    function follows(state: ReturnType<typeof moving>, clock = new FakeClock()): ReturnType<typeof reconnect> {
      return reconnect("https://a.example/room?jwt=x", {
        clock,
        connect: (to, { onGoaway }) => {
          state.asked.push(String(to));
          if (state.fail) return Promise.reject(new LiteError(LiteErrorCode.connectFailed, "down"));
          if (onGoaway) state.goaways.push(onGoaway);
          const one = fake();
          state.all.push(one);
          return Promise.resolve(one.session);
        },
      });
    }
    test("the new session is there for 2 s before the old one is closed, and no wait is between them", async () => {
      const state = moving();
      const clock = new FakeClock();
      const connection = follows(state, clock);
      const lines = follow(connection.status());
      await settle();
      state.goaways[0]?.("https://b.example/room?jwt=y");
      await settle();
      expect(state.asked).toEqual(["https://a.example/room?jwt=x", "https://b.example/room?jwt=y"]);
      expect(connection.current).toBe(state.all[1]?.session);
      let isOver = false;
      void state.all[0]?.session.closed.then(() => {
        isOver = true;
      });
      await clock.advance(1999);
      expect(isOver).toBe(false);
      await clock.advance(1);
      expect(isOver).toBe(true);
      expect(lines).toEqual(["connecting 1", "connected", "connected"]);
      connection.close();
    });
    test.each([
      ["", "https://a.example/room?jwt=x"],
      ["/other", "https://a.example/other"],
      ["http://b.example/", "https://a.example/room?jwt=x"],
      ["javascript:alert(1)", "https://a.example/room?jwt=x"],
    ])("%j leads to %s", async (uri, to) => {
      const state = moving();
      const connection = follows(state);
      await settle();
      state.goaways[0]?.(uri);
      await settle();
      expect(state.asked[1]).toBe(to);
      connection.close();
    });
    test("whoever closes it ends the session that is left behind too", async () => {
      const state = moving();
      const connection = follows(state);
      await settle();
      state.goaways[0]?.("https://b.example/");
      await settle();
      connection.close();
      expect(await state.all[0]?.session.closed).toMatchObject({ by: "local" });
      expect(await state.all[1]?.session.closed).toMatchObject({ by: "local" });
    });
    test("where the new address does not answer at first, it is asked again while the old session lives", async () => {
      const state = moving();
      const clock = new FakeClock();
      const connection = follows(state, clock);
      await settle();
      state.fail = true;
      state.goaways[0]?.("https://b.example/");
      await settle();
      state.fail = false;
      await clock.advance(1000);
      expect(state.asked.slice(1)).toEqual(["https://b.example/", "https://b.example/"]);
      expect(connection.current).toBe(state.all[1]?.session);
      connection.close();
    });
    test("where the new address does not answer, the old session is kept while it lives", async () => {
      const state = moving();
      const connection = follows(state);
      await settle();
      state.fail = true;
      state.goaways[0]?.("https://b.example/");
      await settle();
      expect(connection.current).toBe(state.all[0]?.session);
      state.all[0]?.lose();
      await settle();
      expect(connection.current).toBeUndefined();
      connection.close();
    });
  });
});
