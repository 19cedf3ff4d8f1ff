import { afterEach, describe, expect, test } from "vitest";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { type MemorySocket, memorySocketPair, memoryTransport, memoryTransportPair } from "../testing/memory.ts";
import type { ReceiveStream, Transport } from "../transport/transport.ts";
import { Cursor } from "../wire/cursor.ts";
import { decodeFrame, type QmuxFrame } from "./frame.ts";

const open: Transport[] = [];
afterEach(() => {
  for (const transport of open.splice(0)) transport.close();
});
interface Pair {
  readonly client: Transport;
  readonly server: Transport;
  readonly clientSocket: MemorySocket;
  readonly clock: FakeClock;
}
async function pair(limits = {}): Promise<Pair> {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  near.sent = [];
  const client = memoryTransport("client", near, { clock, limits });
  const server = memoryTransport("server", far, { clock, limits });
  open.push(client, server);
  await settle();
  return { client, server, clientSocket: near, clock };
}
function raw(framing: string): RawPeer {
  const peer = new RawPeer({ clock: new FakeClock(), framing });
  open.push(peer.transport);
  return peer;
}
function framesOf(record: Uint8Array): QmuxFrame[] {
  const cursor = new Cursor(record);
  const frames: QmuxFrame[] = [];
  for (let frame = decodeFrame(cursor); frame; frame = decodeFrame(cursor)) frames.push(frame);
  return frames;
}
async function first<T>(items: AsyncIterable<T>): Promise<T> {
  const { value } = await items[Symbol.asyncIterator]().next();
  return value as T;
}
async function readAll(stream: ReceiveStream): Promise<number> {
  let bytes = 0;
  for (let chunk = await stream.read(); chunk; chunk = await stream.read()) bytes += chunk.byteLength;
  return bytes;
}

describe("what goes into a record", () => {
  test("all that one turn has goes in one message", async () => {
    const { client, clientSocket } = await pair();
    const streams = await Promise.all([client.openUni(), client.openUni(), client.openUni()]);
    clientSocket.sent = [];
    for (const stream of streams) {
      stream.write(Uint8Array.of(1), Uint8Array.of(2, 3));
      stream.finish();
    }
    await settle();
    expect(clientSocket.sent).toHaveLength(1);
    expect(framesOf(clientSocket.sent[0] as Uint8Array).map((f) => f.kind === "stream" && [f.id, f.data.byteLength, f.fin])).toEqual([
      [2, 3, true],
      [6, 3, true],
      [10, 3, true],
    ]);
  });
  test("no record is above 16382 bytes and no STREAM payload above 16352", async () => {
    const { client, clientSocket } = await pair();
    const stream = await client.openUni();
    clientSocket.sent = [];
    stream.write(new Uint8Array(200_000));
    await settle();
    const sizes = clientSocket.sent.map((record) => record.byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16_382);
    expect(sizes).toHaveLength(13);
    const payloads = clientSocket.sent.flatMap(framesOf).map((frame) => (frame.kind === "stream" ? frame.data.byteLength : 0));
    expect(Math.max(...payloads)).toBe(16_352);
  });
  test("while the socket is full nothing is handed over, then the highest priority goes first", async () => {
    const { client, clientSocket } = await pair();
    const low = await client.openUni({ priority: 1 });
    const high = await client.openUni({ priority: 2 });
    clientSocket.blocked = true;
    clientSocket.sent = [];
    low.write(new Uint8Array(200_000));
    await settle();
    expect(clientSocket.bufferedBytes).toBeGreaterThan(64 * 1024);
    expect(clientSocket.bufferedBytes).toBeLessThan(64 * 1024 + 16_383);
    high.write(new Uint8Array(1000));
    await settle();
    clientSocket.sent = [];
    clientSocket.unblock();
    await settle();
    const ids = clientSocket.sent.flatMap(framesOf).flatMap((frame) => (frame.kind === "stream" ? [frame.id] : []));
    expect(ids[0]).toBe(6);
    expect(ids.slice(1).every((id) => id === 2)).toBe(true);
  });
  test("a reset throws away what was not sent", async () => {
    const { client, clientSocket } = await pair();
    const stream = await client.openUni();
    clientSocket.blocked = true;
    stream.write(new Uint8Array(500_000));
    await settle();
    stream.reset(2);
    expect(client.stats().bufferedBytes).toBeLessThan(100_000);
    expect(stream.bufferedBytes).toBe(0);
  });
});

describe("credit", () => {
  test("is refilled from what the application reads, not from what arrives", async () => {
    const { client, server } = await pair({ streamWindowBytes: 10_000, connectionWindowBytes: 100_000 });
    const send = await client.openUni();
    send.write(new Uint8Array(50_000));
    send.finish();
    await settle();
    expect(send.bufferedBytes).toBe(40_000);
    expect(await readAll(await first(server.incomingUni))).toBe(50_000);
  });
  test("of the connection is shared by its streams", async () => {
    const { client, server } = await pair({ streamWindowBytes: 10_000, connectionWindowBytes: 15_000 });
    const sends = [await client.openUni(), await client.openUni()];
    for (const send of sends) {
      send.write(new Uint8Array(10_000));
      send.finish();
    }
    await settle();
    expect(sends.map(({ bufferedBytes }) => bufferedBytes)).toEqual([0, 5000]);
    const incoming = server.incomingUni[Symbol.asyncIterator]();
    expect(await readAll((await incoming.next()).value as ReceiveStream)).toBe(10_000);
    expect(await readAll((await incoming.next()).value as ReceiveStream)).toBe(10_000);
  });
  test("is given back for data that is stopped or reset unread", async () => {
    const { client, server } = await pair({ streamWindowBytes: 10_000, connectionWindowBytes: 15_000 });
    const incoming = server.incomingUni[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i++) {
      const send = await client.openUni();
      send.write(new Uint8Array(10_000));
      await settle();
      expect(send.bufferedBytes).toBe(0);
      const receive = (await incoming.next()).value as ReceiveStream;
      if (i % 2 === 0) receive.stop(0);
      else send.reset(0);
      await settle();
    }
  });
  test("a peer that sends beyond it is closed with 1002", async () => {
    for (const [id, bytes] of [
      [2, 262_145],
      [2 + 4 * 1024, 1],
    ] as const) {
      const peer = raw("qmux-01");
      peer.hello();
      for (let at = 0; at < bytes; at += 16_000)
        peer.send({ kind: "stream", id, offset: at, data: new Uint8Array(Math.min(16_000, bytes - at)), fin: false });
      await settle();
      expect(peer.close).toMatchObject({ application: false, code: 1002 });
    }
  });
  test("a million one-byte frames cost no more than their window", async () => {
    const peer = raw("qmux-01");
    peer.hello();
    for (let i = 0; i < 20_000; i++) peer.send({ kind: "stream", id: 2, offset: i, data: Uint8Array.of(1), fin: false });
    await settle();
    const stream = await first(peer.transport.incomingUni);
    expect((await stream.read())?.byteLength).toBe(20_000);
  });
});

describe("violations", () => {
  test.each([
    ["an unknown frame", "qmux-01", "02"],
    ["an empty parameter set twice on 02", "qmux-02", "ff5153300d0a0d0a00 ff5153300d0a0d0a00"],
    ["anything before the parameters on 02", "qmux-02", "1040c8"],
    ["a datagram", "qmux-01", "31026869"],
    ["RESET_STREAM_AT on 01", "qmux-01", "24022a412c40c8"],
    ["data on a stream that is ours to write", "qmux-01", "0e0300026869"],
    ["data on a stream that we never opened", "qmux-01", "0e0100026869"],
    ["a ping answer that was not asked for on 02", "qmux-02", "ff5153300d0a0d0a00 f48c67529ef8c7be01"],
    ["an empty message on 00", "qmux-00", ""],
    ["a second frame in a message on 00", "qmux-00", "1240c8 1340c8"],
    ["an empty message on the legacy framing", "webtransport", ""],
    ["a frame of qmux on the legacy framing", "webtransport", "1040c8"],
    ["a legacy stream above all that may be open", "webtransport", "08 80010002 6869"],
    ["a ping that does not rise on 02", "qmux-02", "ff5153300d0a0d0a00 f48c67529ef8c7bd01 f48c67529ef8c7bd01"],
  ])("%s: 1002", async (_, framing, hex) => {
    const peer = raw(framing);
    peer.socket.send(Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
    await settle();
    expect(peer.close).toMatchObject({ application: false, code: 1002 });
    expect(await peer.transport.closed).toMatchObject({ clean: false, code: 1002, by: "local" });
  });
  test("a text message: 1003", async () => {
    const peer = raw("qmux-01");
    peer.hello();
    await settle();
    peer.socket.peer?.deliverText();
    await settle();
    expect(peer.close).toMatchObject({ application: false, code: 1003 });
  });
  test("a record above the limit: 1002", async () => {
    const peer = raw("qmux-01");
    peer.socket.send(new Uint8Array(16_383));
    await settle();
    expect(peer.close).toMatchObject({ code: 1002 });
  });
  test("a message of one frame above its limit: 1002", async () => {
    const peer = raw("webtransport");
    peer.socket.send(Uint8Array.of(0x08, 0x02, ...new Uint8Array(64 * 1024 - 1)));
    await settle();
    expect(peer.close).toMatchObject({ code: 1002 });
  });
  test("no parameters within 10 s", async () => {
    const clock = new FakeClock();
    const peer = new RawPeer({ clock });
    await clock.advance(10_001);
    expect(peer.close).toMatchObject({ application: false, code: 1002 });
  });
  test.each([
    ["a RESET with final size 0 from an old peer", "0e0600026869 04060000"],
    ["STOP_SENDING for what is gone", "050700"],
    ["an empty record", ""],
    ["parameters twice on 01", "ff5153300d0a0d0a00"],
    ["frames of a closed stream", "0f0a00026869 0e0a02026869"],
  ])("%s is tolerated", async (_, hex) => {
    const peer = raw("qmux-01");
    peer.hello();
    await peer.transport.openUni();
    await peer.transport.openUni();
    peer.socket.send(Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
    await settle();
    expect(peer.close).toBeUndefined();
  });
});

describe("without credit", () => {
  test("a peer is held back while too much is unread, and let go when it was read", async () => {
    const peer = raw("webtransport");
    const [far] = [peer.socket];
    for (let i = 0; i < 100; i++) peer.send({ kind: "stream", id: 2, offset: 0, data: new Uint8Array(16_000), fin: false });
    await settle();
    expect(far.blocked).toBe(true);
    const stream = await first(peer.transport.incomingUni);
    expect((await stream.read())?.byteLength).toBe(1_600_000);
    expect(far.blocked).toBe(false);
  });
  test("where the socket cannot be held, it is closed as too slow above the limit", async () => {
    const [near, far] = memorySocketPair();
    Reflect.set(far, "hold", undefined);
    const server = memoryTransport("server", far, { framing: "webtransport", limits: { uncreditedBytes: 100_000 } });
    open.push(server);
    for (let i = 0; i < 10; i++) near.send(Uint8Array.of(0x08, 0x02, ...new Uint8Array(16_000)));
    await settle();
    expect(await server.closed).toMatchObject({ by: "local", code: 26 });
  });
  test("nothing is pinged and silence ends nothing", async () => {
    for (const framing of ["qmux-00", "webtransport"]) {
      const clock = new FakeClock();
      const peer = new RawPeer({ clock, framing });
      open.push(peer.transport);
      peer.hello();
      await clock.advance(600_000);
      expect(peer.close).toBeUndefined();
      expect(peer.frames.filter(({ kind }) => kind !== "parameters")).toEqual([]);
    }
  });
  test("one message carries one frame, and control frames still leave ahead of a close", async () => {
    for (const framing of ["qmux-00", "webtransport"]) {
      const peer = raw(framing);
      peer.hello();
      const send = await peer.transport.openUni();
      send.write(new Uint8Array(40_000));
      await settle();
      peer.stream(0, "00");
      send.reset(3);
      (await first(peer.transport.incomingBidi)).receive.stop(5);
      peer.transport.close(6, "enough");
      await settle();
      const frames = peer.frames.slice(-3).map(({ kind }) => kind);
      expect(frames).toEqual(["reset_stream", "stop_sending", "close"]);
      expect(Math.max(...peer.records.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(16_384);
      expect(peer.frames.filter(({ kind }) => kind !== "parameters")).toHaveLength(peer.records.length - (framing === "qmux-00" ? 1 : 0));
    }
  });
});

test("credit and control frames of one turn leave in a message each on 00", async () => {
  const peer = new RawPeer({ framing: "qmux-00", limits: { connectionWindowBytes: 1000, streamWindowBytes: 1000 } });
  open.push(peer.transport);
  peer.hello();
  await settle();
  const send = await peer.transport.openUni();
  peer.stream(2, "61".repeat(900));
  const stream = await first(peer.transport.incomingUni);
  await settle();
  const reading = stream.read();
  send.reset(1);
  await reading;
  await settle();
  expect(peer.frames.map(({ kind }) => kind)).toEqual(["parameters", "max_data", "max_stream_data", "reset_stream"]);
  expect(peer.records).toHaveLength(4);
});

describe("keep-alive", () => {
  test("a ping is answered at once with its sequence", async () => {
    const peer = raw("qmux-02");
    peer.hello();
    peer.send({ kind: "ping", response: false, sequence: 5n });
    await settle();
    expect(peer.frames).toContainEqual({ kind: "ping", response: true, sequence: 5n });
  });
  test("what the kernel knows stands beside the ping, which is the round trip that a peer is told", async () => {
    const clock = new FakeClock();
    const rtt = { ms: 3, minMs: 2, source: "tcp_info" } as const;
    const packets = { sent: 7, lost: 0, source: "tcp_info" } as const;
    const [client, server] = memoryTransportPair({ clock, kernel: () => ({ rtt, packets }) });
    open.push(client, server);
    expect(client.stats()).toMatchObject({ rtt, packets });
    await clock.advance(300_000);
    expect(client.stats()).toMatchObject({ rtt: { source: "ping" }, otherRtts: [rtt], packets });
  });
  test("an idle link pings itself alive and learns its round trip", async () => {
    const { client, server, clock } = await pair();
    await clock.advance(300_000);
    expect(client.stats().rtt?.source).toBe("ping");
    await client.openUni();
    server.close(0);
    expect((await client.closed).by).toBe("peer");
  });
});
