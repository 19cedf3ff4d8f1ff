import { once } from "node:events";
import { type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { MemoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { RelayOptions } from "./options.ts";
import type { Relay } from "./relay.ts";
import { startRelay } from "./testing/harness.ts";

let relay: Relay | undefined;
let recorder: MemoryRecorder;
const open: { terminate(): void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) one.terminate();
  await relay?.close();
});
async function start(options: RelayOptions): Promise<Relay> {
  ({ relay, recorder } = await startRelay({ webTransport: "off", tcpInfo: false, limits: { maxSessionsPerAddress: 1 }, ...options }));
  return relay;
}
const port = ({ url }: Relay): number => Number(new URL(url).port);
const errors = (type: string): number => recorder.value("moq.relay.errors", { "error.type": type, stage: "accept" }) ?? 0;

/** What a WebSocket is answered, held open when it is let in. */
function enter(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers });
  open.push(socket);
  return answered(socket);
}
function answered(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.once("error", () => resolve(0));
  });
}
/** The same behind a PROXY header, over plain TCP or TLS. */
async function enterBy(at: Relay, header: Buffer | string, secure = false): Promise<number> {
  const tcp = tcpConnect(port(at), "127.0.0.1");
  await once(tcp, "connect");
  tcp.write(header);
  const over = async (): Promise<Socket> => {
    if (!secure) return tcp;
    const tls = tlsConnect({ socket: tcp, rejectUnauthorized: false });
    await once(tls, "secureConnect");
    return tls;
  };
  const socket = await over();
  const webSocket = new WebSocket("ws://relay.test/", { createConnection: () => socket });
  open.push(webSocket);
  return answered(webSocket);
}
const version1 = (host: string): string => `PROXY TCP4 ${host} 127.0.0.1 5000 4443\r\n`;
const bytesOf = (header: Buffer | string): Buffer => (typeof header === "string" ? Buffer.from(header) : header);
function version2(host: string): Buffer {
  const head = Buffer.from("0d0a0d0a000d0a515549540a2111000c", "hex");
  return Buffer.concat([head, Buffer.from(host.split(".").map(Number)), Buffer.from("7f00000113881388", "hex")]);
}

describe("forwarded headers", () => {
  test("of a trusted proxy are what sessions are counted by, and what /sessions shows is where they come from", async () => {
    const at = await start({ trustedProxies: ["127.0.0.0/8"] });
    const from = (host: string): Promise<number> => enter(at.url, { "x-forwarded-for": `203.0.113.200, ${host}` });
    expect([await from("192.0.2.1"), await from("192.0.2.1"), await from("192.0.2.2")]).toEqual([101, 503, 101]);
    expect(await enter(at.url, { forwarded: 'for="[2001:db8::1]:99"' })).toBe(101);
    expect(await enter(at.url, { forwarded: "for=2001:db8::1", "x-forwarded-for": "192.0.2.3" })).toBe(503);
    expect(errors("unauthorized")).toBe(0);
  });

  test("of anybody else are not believed, and counted", async () => {
    const at = await start({ trustedProxies: ["10.0.0.0/8"] });
    expect(await enter(at.url, { "x-forwarded-for": "192.0.2.1" })).toBe(101);
    expect(await enter(at.url, { "x-forwarded-for": "192.0.2.2" })).toBe(503);
    expect(await enter(at.url, { forwarded: "for=10.0.0.1" })).toBe(503);
    expect(errors("unauthorized")).toBe(3);
    at.reconfigure({ trustedProxies: ["127.0.0.1"] });
    expect(await enter(at.url, { "x-forwarded-for": "192.0.2.2" })).toBe(101);
    expect(errors("unauthorized")).toBe(3);
  });
});

describe("the PROXY protocol", () => {
  test.each([
    ["version 1", version1],
    ["version 2", version2],
  ])("%s of a trusted proxy is what sessions are counted by, over TCP and TLS, however it is cut", async (_name, header) => {
    const at = await start({ trustedProxies: ["127.0.0.1"], proxyProtocol: true, tls: { generate: ["localhost"] } });
    const from = (host: string, secure = false): Promise<number> => enterBy(at, header(host), secure);
    expect([await from("192.0.2.1"), await from("192.0.2.1"), await from("192.0.2.1", true), await from("192.0.2.2", true)]).toEqual([
      101, 503, 503, 101,
    ]);
    const tcp = tcpConnect(port(at), "127.0.0.1");
    tcp.setNoDelay(true);
    const heard: Buffer[] = [];
    tcp.on("data", (chunk: Buffer) => void heard.push(chunk));
    for (const byte of Buffer.concat([bytesOf(header("192.0.2.9")), Buffer.from("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")])) {
      tcp.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await once(tcp, "close");
    expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*ok\n$/);
  });

  test("is needed of a trusted proxy: what begins otherwise is cut and counted", async () => {
    const at = await start({ trustedProxies: ["127.0.0.1"], proxyProtocol: true });
    expect(await enter(at.url)).toBe(0);
    expect(errors("protocol_violation")).toBe(1);
  });

  test("of anybody else is no request, and counted", async () => {
    const at = await start({ trustedProxies: ["10.0.0.1"], proxyProtocol: true });
    expect(await enterBy(at, version1("10.0.0.1"))).toBe(400);
    expect(await enterBy(at, version2("10.0.0.1"))).toBe(400);
    expect(errors("protocol_violation")).toBe(2);
    expect(await enter(at.url)).toBe(101);
  });

  test("leaves connections whose source has had its share out before they are a session", async () => {
    const at = await start({ trustedProxies: ["127.0.0.1"], proxyProtocol: true, limits: { maxPendingPerAddress: 2 } });
    const held: Socket[] = [];
    const begin = async (host: string): Promise<Socket> => {
      const tcp = tcpConnect(port(at), "127.0.0.1");
      tcp.on("error", () => {}).resume();
      held.push(tcp);
      await once(tcp, "connect");
      tcp.write(version1(host));
      return tcp;
    };
    for (const host of ["192.0.2.1", "192.0.2.1", "192.0.2.2"]) await begin(host);
    await once(await begin("192.0.2.1"), "close");
    expect(held.slice(0, 3).map(({ closed }) => closed)).toEqual([false, false, false]);
    expect(recorder.value("moq.relay.connections", { result: "overload", transport: "unknown" })).toBe(1);
    for (const tcp of held) tcp.destroy();
  });
});
