import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { LiteError, LiteErrorCode } from "../error.ts";
import { acceptWebSocket, nodeWebSocket, selectSubprotocol, webSocketServerOptions } from "../node/index.ts";
import { startSession } from "../session/start.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { memoryTransportPair } from "../testing/memory.ts";
import type { Transport } from "../transport/transport.ts";
import type { TransportChoice } from "./choice.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { TransportMemory } from "./memory.ts";
import { type OpenWebTransport, type OpenWebTransportOptions, platformWebTransport } from "./open-web-transport.ts";
import type { ConnectAttempt } from "./race.ts";

const fingerprint = "0123456789abcdef".repeat(4);
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

/** A relay of HTTP and WebSocket on one port; what it answers for its certificate is given. */
async function relay(certificate: { readonly status: number; readonly body: string }): Promise<string> {
  const http = createServer((request, response) => {
    if (request.url !== "/certificate.sha256") return void response.writeHead(500).end();
    response.writeHead(certificate.status).end(certificate.body);
  });
  const sockets: WebSocket[] = [];
  const server = new WebSocketServer({
    ...webSocketServerOptions,
    server: http,
    handleProtocols: (offers) => selectSubprotocol(offers) ?? false,
  });
  server.on("connection", (socket) => {
    sockets.push(socket);
    startSession(acceptWebSocket(socket, { protocol: socket.protocol }), { role: "server" });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => {
    for (const socket of sockets) socket.terminate();
    return new Promise((resolve) => http.close(resolve));
  });
  return `http://127.0.0.1:${(http.address() as { port: number }).port}/room?jwt=a%2Fb`;
}
/** The client's end of a session with a server that answers, or with one that never does. */
function opened({ answers = true, code = 0 } = {}): Transport {
  const [client, server] = memoryTransportPair();
  if (answers) startSession(server, { role: "server" });
  else if (code > 0) server.close(code, "no");
  cleanup.push(() => server.close());
  return client;
}
const never: OpenWebTransport = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
const failing: OpenWebTransport = () => Promise.reject(new LiteError(LiteErrorCode.connectFailed, "handshake failed"));

interface Told {
  readonly attempts: ConnectAttempt[];
  readonly choices: TransportChoice[];
  readonly phases: string[];
  readonly options: ConnectOptions;
}
function told(options: ConnectOptions): Told {
  const attempts: ConnectAttempt[] = [];
  const choices: TransportChoice[] = [];
  const phases: string[] = [];
  return {
    attempts,
    choices,
    phases,
    options: {
      webSocket: nodeWebSocket,
      memory: new TransportMemory(),
      headStartMs: 60_000,
      onAttempt: (attempt) => attempts.push(attempt),
      onTransport: (choice) => choices.push(choice),
      onPhase: (phase) => phases.push(phase),
      ...options,
    },
  };
}
async function dial(url: string, options: ConnectOptions): Promise<Told> {
  const all = told(options);
  const session = await connect(url, all.options);
  cleanup.push(() => session.close());
  return all;
}
const ok = { status: 200, body: fingerprint };

describe("WebTransport and WebSocket race", () => {
  test("WebTransport that comes up is preferred: by https, with path, query, port, protocols and the certificate's hash", async () => {
    const url = await relay(ok);
    const asked: [URL, OpenWebTransportOptions][] = [];
    const { attempts, choices, phases } = await dial(url, {
      webTransport: (target, options) => {
        asked.push([target, options]);
        return Promise.resolve(opened());
      },
    });
    expect(asked[0]?.[0].href).toBe(url.replace("http", "https"));
    expect(asked[0]?.[1].protocols).toEqual(["moq-lite-05", "moq-lite-04", "moq-lite-03", "moql"]);
    expect(Buffer.from(asked[0]?.[1].certificateHashes?.[0] ?? []).toString("hex")).toBe(fingerprint);
    expect(attempts).toMatchObject([{ transport: "webtransport", result: "ok" }]);
    expect(choices).toMatchObject([{ reason: "preferred" }]);
    expect(phases).toEqual(["resolve", "certificate", "connect", "setup"]);
  });
  test("a failure of WebTransport releases WebSocket at once, is told, and is remembered whatever the query", async () => {
    const url = await relay(ok);
    const memory = new TransportMemory();
    const first = await dial(url, { webTransport: failing, memory });
    expect(first.attempts).toMatchObject([
      { transport: "webtransport", result: "transport_error" },
      { transport: "websocket", result: "ok" },
    ]);
    expect(first.choices).toEqual([{ kind: "websocket", reason: "webtransport_failed", detail: "handshake failed" }]);
    const second = await dial(url.replace("a%2Fb", "other"), { webTransport: failing, memory });
    expect(second.attempts).toMatchObject([{ transport: "websocket", result: "ok" }]);
    expect(second.choices).toEqual([{ kind: "websocket", reason: "remembered" }]);
  });
  test.each([
    [{ status: 404, body: "" }, "webtransport_unavailable", /answers 404/],
    [{ status: 200, body: "abc" }, "webtransport_failed", /has 3 digits, not 64/],
    [{ status: 200, body: "zz".repeat(32) }, "webtransport_failed", /not hexadecimal/],
    [{ status: 200, body: "ab".repeat(20) }, "webtransport_failed", /has 40 digits/],
  ])("certificate answer %j releases WebSocket at once: %s", async (answer, reason, detail) => {
    const url = await relay(answer);
    const { attempts, choices } = await dial(url, { webTransport: () => Promise.reject(new Error("never dialled")) });
    expect(attempts).toMatchObject([{ result: "transport_error" }, { transport: "websocket", result: "ok" }]);
    expect(choices).toMatchObject([{ kind: "websocket", reason, detail: expect.stringMatching(detail) }]);
  });
  test("a WebTransport that hangs loses after its head start: it is cancelled, counted and remembered", async () => {
    const url = await relay(ok);
    const memory = new TransportMemory();
    const { attempts, choices } = await dial(url, { webTransport: never, headStartMs: 20, memory });
    await settle();
    expect(attempts).toMatchObject([
      { transport: "webtransport", result: "cancelled" },
      { transport: "websocket", result: "ok" },
    ]);
    expect(choices).toEqual([{ kind: "websocket", reason: "faster" }]);
    expect(memory.avoids(url)).toBe(true);
  });
  test("a loser that opens late all the same is closed", async () => {
    const url = await relay(ok);
    const late = Promise.withResolvers<Transport>();
    await dial(url, { webTransport: () => late.promise, headStartMs: 20 });
    const transport = opened();
    late.resolve(transport);
    expect(await transport.closed).toMatchObject({ by: "local", clean: true });
  });
  test("a WebTransport that opens and answers no SETUP is left for WebSocket after 3 s", async () => {
    const url = await relay(ok);
    const clock = new FakeClock();
    const { attempts, choices, options } = told({ webTransport: () => Promise.resolve(opened({ answers: false })), clock });
    const connecting = connect(url, options);
    while (clock.pending < 3) await settle();
    await clock.advance(3000);
    const session = await connecting;
    cleanup.push(() => session.close());
    expect(attempts).toMatchObject([
      { transport: "webtransport", result: "timeout" },
      { transport: "websocket", result: "ok" },
    ]);
    expect(choices).toMatchObject([{ kind: "websocket", reason: "webtransport_failed" }]);
  });
  test("a server that refuses the token over WebTransport is not asked again over WebSocket", async () => {
    const url = await relay(ok);
    const { attempts, options } = told({ webTransport: () => Promise.resolve(opened({ answers: false, code: 6 })) });
    await expect(connect(url, options)).rejects.toMatchObject({ code: "unauthorized" });
    expect(attempts).toMatchObject([{ transport: "webtransport", result: "unauthorized" }]);
  });
  test("where WebSocket is remembered and fails, WebTransport is tried, and clears the memory", async () => {
    const url = await relay(ok);
    const memory = new TransportMemory();
    memory.failed(url);
    class Refused extends nodeWebSocket {
      constructor(_: string, protocols: string[]) {
        super("ws://127.0.0.1:1/", protocols);
      }
    }
    const { attempts, choices } = await dial(url, { webTransport: () => Promise.resolve(opened()), memory, webSocket: Refused });
    expect(attempts).toMatchObject([{ result: "transport_error" }, { transport: "webtransport", result: "ok" }]);
    expect(choices).toMatchObject([{ reason: "websocket_failed" }]);
    expect(memory.avoids(url)).toBe(false);
  });
  test("where everything fails, the last failure is told", async () => {
    const { attempts, options } = told({ webTransport: failing });
    await expect(connect("https://127.0.0.1:1/", options)).rejects.toMatchObject({ code: "connect_failed" });
    expect(attempts.map(({ transport, result }) => `${transport} ${result}`)).toEqual([
      "webtransport transport_error",
      "websocket transport_error",
    ]);
  });
  test("a signal ends both, with its reason", async () => {
    const stop = new AbortController();
    const hanging = createServer(() => {});
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    cleanup.push(() => {
      hanging.closeAllConnections();
      hanging.close();
    });
    const url = `http://127.0.0.1:${(hanging.address() as { port: number }).port}/`;
    const { attempts, options } = told({ webTransport: never, headStartMs: 1, signal: stop.signal });
    const connecting = connect(url, options);
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(connecting).rejects.toThrow("enough");
    await settle();
    expect(attempts.map(({ transport, result }) => `${transport} ${result}`).toSorted()).toEqual([
      "websocket cancelled",
      "webtransport cancelled",
    ]);
  });
  test("without WebTransport here, or switched off, WebSocket is dialled at once and why is told", async () => {
    const url = await relay(ok);
    expect((await dial(url, {})).choices).toMatchObject([{ reason: "webtransport_unavailable", detail: /no WebTransport in this/ }]);
    expect((await dial(url, { webTransport: false })).choices).toMatchObject([{ detail: "it is switched off" }]);
  });
  test("a scheme that names the transport leaves no choice", async () => {
    const url = await relay(ok);
    expect((await dial(url.replace("http", "ws"), { webTransport: failing })).choices).toEqual([
      { kind: "websocket", reason: "requested" },
    ]);
    await expect(connect("moqt://127.0.0.1:1/")).rejects.toMatchObject({ code: "unsupported" });
  });
  test("a host that is not known is told as the phase it is", async () => {
    const resolve = (): Promise<unknown> => Promise.reject(new Error("ENOTFOUND"));
    await expect(connect("https://nowhere.invalid/", { resolve })).rejects.toThrow('host "nowhere.invalid" is not known');
  });
});

test("a failure is remembered for a minute, then twice as long each time, at most a quarter of an hour; a success clears it", () => {
  let nowMs = 0;
  const memory = new TransportMemory({ now: () => nowMs, after: () => () => {} });
  const url = "https://relay.example/room";
  for (const minutes of [1, 2, 4, 8, 15, 15]) {
    memory.failed(url);
    nowMs += minutes * 60_000 - 1;
    expect(memory.avoids(url)).toBe(true);
    nowMs += 1;
    expect(memory.avoids(url)).toBe(false);
  }
  memory.worked(url);
  memory.failed(url);
  nowMs += 60_000;
  expect(memory.avoids(url)).toBe(false);
  expect(memory.avoids("https://relay.example/other")).toBe(false);
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", undefined],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", undefined],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0", /Firefox 152/],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", /Safari/],
])("the WebTransport of %s is used, or why not is told", (userAgent, why) => {
  const found = platformWebTransport({ WebTransport: class {}, navigator: { userAgent } });
  if (why) expect(found).toMatchObject({ why: expect.stringMatching(why) });
  else expect(found.open).toBeDefined();
});
