import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { defaultTrackInfo, defaultWish, Track } from "../model/track.ts";
import { memoryDatagramPair, withDatagrams } from "../testing/datagrams.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { viewerBehind } from "../testing/fixtures/relay-chain.ts";
import { bytes, closeAll, closeLater, collect, path, type SessionPair, setUp } from "../testing/fixtures/session-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);
type Watched = SessionPair & { readonly reader: ReturnType<typeof collect>; readonly remote: Track };
async function watched(link: Parameters<typeof setUp>[1] = { datagramBytes: 1200 }, limits = {}): Promise<Watched> {
  const pair = setUp(limits, link);
  const reader = collect();
  const remote = await pair.subscriber.broadcast(path).track("video");
  remote.attach(reader);
  await settle();
  return { ...pair, reader, remote };
}
const hex = (all: readonly Uint8Array[]): string[] => all.map((one) => Buffer.from(one).toString("hex"));
const text = (word: string): Uint8Array => new TextEncoder().encode(word);

describe("a group sent as a datagram", () => {
  test("arrives whole, with its timestamp, beside groups on streams, and is counted as frame, group and datagram", async () => {
    const { video, reader, publisherDatagrams, sent, got, clock } = await watched();
    video.createGroup().finish();
    await clock.advance(3);
    const made = video.datagram({ timestamp: 1000, payload: text("hello") });
    await settle();
    expect([made.sequence, made.datagram, made.state.kind]).toEqual([1, true, "finished"]);
    expect(hex(publisherDatagrams.sent)).toEqual(["000143e868656c6c6f"]);
    expect(reader.lines).toEqual(["group 0", "group 1"]);
    expect(reader.groups[1]).toMatchObject({ datagram: true, state: { kind: "finished" } });
    expect(reader.groups[1]?.frames).toEqual([{ timestamp: 1000, payload: text("hello"), receivedMs: 3, startedMs: 3 }]);
    for (const [meter, name] of [
      [sent, "serving"],
      [got, "receiving"],
    ] as const)
      expect(["datagram ok", "frame live", "group"].map((what) => meter.count(`${name} room/alice/video ${what}`))).toEqual([1, 1, 2]);
    expect(sent.forwardedBytes).toBe(5);
    expect(video.createGroup().sequence).toBe(2);
  });
  test("is the first that a subscriber is timed by, and the end counts it", async () => {
    const { video, reader, sent, got } = await watched();
    video.datagram({ timestamp: 0, payload: text("a") });
    video.finish();
    await settle();
    expect(reader.lines).toEqual(["group 0", "ended 1"]);
    expect([sent.count("first 0 live"), got.count("first 0 live")]).toEqual([1, 1]);
  });
  test.each([
    ["that has none", {}],
    ["whose version has none", { datagramBytes: 1200, protocol: "moq-lite-04" }],
    ["where it does not fit", { datagramBytes: 8 }],
  ])("is lost, counted and never a stream on a link %s", async (_, link) => {
    const { video, reader, sent, publisherDatagrams } = await watched(link);
    video.datagram({ timestamp: 0, payload: text("hello, you") });
    video.createGroup().finish();
    await settle();
    expect(reader.lines).toEqual(["group 1"]);
    expect(sent.count("datagram dropped")).toBe(1);
    expect([sent.count("datagram ok"), sent.count(" frame "), publisherDatagrams.sent.length]).toEqual([0, 0, 0]);
  });
  test("is lost and counted when the queue is full, and the next one goes", async () => {
    const { video, reader, sent, publisherDatagrams } = await watched();
    publisherDatagrams.full = true;
    video.datagram({ timestamp: 0, payload: text("a") });
    publisherDatagrams.full = false;
    video.datagram({ timestamp: 1, payload: text("b") });
    await settle();
    expect(reader.lines).toEqual(["group 1"]);
    expect([sent.count("datagram dropped"), sent.count("datagram ok")]).toEqual([1, 1]);
  });
  test.each([-1, Number.NaN, 2 ** 53])("is lost and counted when its timestamp, %d, cannot be written", async (timestamp) => {
    const { video, reader, sent } = await watched();
    video.forwardDatagram({ timestamp, payload: text("a") }, 0);
    await settle();
    expect([reader.lines, sent.count("datagram dropped")]).toEqual([[], 1]);
  });
  test("becomes an ordinary group when its frame is above 1176 bytes, or before time 0", async () => {
    const { video, reader, publisherDatagrams } = await watched();
    const made = [1176, 1177].map((size) => video.datagram({ timestamp: 0, payload: bytes(size) }));
    made.push(video.datagram({ timestamp: -1, payload: bytes(1) }));
    await settle();
    expect(made.map(({ datagram }) => datagram)).toEqual([true, false, false]);
    expect(publisherDatagrams.sent).toHaveLength(1);
    expect([...reader.lines].sort()).toEqual(["group 0", "group 1", "group 2"]);
  });
  test("is held to what the subscriber wants", async () => {
    const pair = setUp({}, { datagramBytes: 1200 });
    const reader = collect();
    (await pair.subscriber.broadcast(path).track("video")).attach(reader, { ...defaultWish, start: 1, end: 2 });
    await settle();
    for (let i = 0; i < 4; i++) pair.video.datagram({ timestamp: i, payload: text("x") });
    await settle();
    expect(reader.lines).toEqual(["group 1", "group 2"]);
    expect(pair.publisherDatagrams.sent).toHaveLength(2);
  });
});

describe("a subscriber", () => {
  test("delivers a group once that comes as datagram and as stream, in either order, also when it is long forgotten", async () => {
    const { reader, publisherDatagrams, video, publisher, clock } = await watched();
    video.datagram({ timestamp: 0, payload: text("a") });
    await settle();
    await clock.advance(51);
    const stream = await publisher.transport.openUni();
    stream.write(Uint8Array.of(0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x61));
    stream.finish();
    const second = video.createGroup();
    second.append({ timestamp: 1, payload: text("b") });
    second.finish();
    await settle();
    publisherDatagrams.send(Uint8Array.of(0, 1, 1, 0x62));
    publisherDatagrams.send(Uint8Array.of(0, 0, 0, 0x61));
    await settle();
    expect(reader.lines).toEqual(["group 0", "group 1"]);
    expect(await stream.closed).toMatchObject({ kind: "finished" });
    await clock.advance(6000);
    video.createGroup().finish();
    await settle();
    publisherDatagrams.send(Uint8Array.of(0, 1, 1, 0x62));
    await settle();
    expect(reader.lines).toEqual(["group 0", "group 1", "group 2"]);
  });
  test("loses what was lost, in any order, without a word", async () => {
    const clock = new FakeClock();
    const [near, far] = memorySocketPair();
    const [nearDatagrams, farDatagrams] = memoryDatagramPair({ loses: (n) => n % 3 === 1 });
    const origin = new Origin(7n);
    const broadcast = new LocalBroadcast();
    const track = new Track({ name: "video", clock });
    broadcast.add(track);
    origin.publish(path, broadcast);
    const server = startSession(withDatagrams(memoryTransport("server", far, { clock }), farDatagrams), {
      role: "server",
      publish: origin,
      clock,
    });
    const client = startSession(withDatagrams(memoryTransport("client", near, { clock }), nearDatagrams), { role: "client", clock });
    closeLater(server, client);
    const reader = collect();
    (await client.broadcast(path).track("video")).attach(reader);
    await settle();
    for (const sequence of [2, 0, 1, 5, 4, 3]) track.forwardDatagram({ timestamp: sequence, payload: text("x") }, sequence);
    await settle();
    track.finish();
    await settle();
    expect(reader.lines).toEqual(["group 2", "group 1", "group 5", "group 3"]);
    await clock.advance(1001);
    expect(reader.lines.at(-1)).toBe("ended 6");
  });
  test.each([
    ["of an unknown subscription is nobody's", "0900006869", 0],
    ["that is cut is lost and told", "0000", 1],
    ["with a number above 2^53 - 1 is lost and told", "00c02000000000000000", 1],
    ["that is empty is lost and told", "", 1],
  ])("a datagram %s; the session goes on", async (_, one, errors) => {
    const { reader, publisherDatagrams, video, got } = await watched();
    publisherDatagrams.send(Uint8Array.from(Buffer.from(one, "hex")));
    video.datagram({ timestamp: 0, payload: text("a") });
    await settle();
    expect(reader.lines).toEqual(["group 0"]);
    expect(got.lines.filter((line) => line.startsWith("error"))).toHaveLength(errors);
  });
  test("one with a frame above the limit is lost and told", async () => {
    const { reader, video, got } = await watched({ datagramBytes: 1200 }, { subscriber: { frameBytes: 4 } });
    video.datagram({ timestamp: 0, payload: text("hello") });
    await settle();
    expect(reader.lines).toEqual([]);
    expect(got.count("error bounds_exceeded media")).toBe(1);
  });
  test.each(["moq-lite-04", "moql"])("reads none on %s", async (protocol) => {
    const { reader, publisherDatagrams, got } = await watched({ protocol, datagramBytes: 1200 });
    publisherDatagrams.send(Uint8Array.of(0, 0, 0, 0x61));
    publisherDatagrams.send(Uint8Array.of(0xff));
    await settle();
    expect(reader.lines).toEqual([]);
    expect(got.count("error")).toBe(0);
  });
});

describe("a relay", () => {
  test("passes a datagram on as a datagram, whoever reads, and keeps it 50 ms for who comes late", async () => {
    const upstream = await watched();
    const { video, remote, clock } = upstream;
    const { session: viewer, served: meter } = viewerBehind(upstream, {}, { datagramBytes: 1200 });
    const live = collect();
    const late = collect();
    const tooLate = collect();
    const track = await viewer.broadcast(path).track("video");
    const reading = track.attach(live);
    await settle();
    video.datagram({ timestamp: 5, payload: text("a") });
    await settle();
    expect([live.lines, meter.count("datagram ok"), meter.count("frame live")]).toEqual([["group 0"], 1, 1]);
    await clock.advance(49);
    track.attach(late).detach();
    remote.attach(late).detach();
    await clock.advance(2);
    remote.attach(tooLate).detach();
    expect(late.lines).toEqual(["group 0", "group 0"]);
    expect(tooLate.lines).toEqual([]);
    expect(remote.cachedBytes).toBe(0);
    reading.detach();
  });
  test("keeps at most 256 of them, whatever their rate", () => {
    const track = new Track({ name: "t", clock: new FakeClock() });
    for (let i = 0; i < 1000; i++) track.datagram({ timestamp: i, payload: bytes(10) });
    expect(track.cachedBytes).toBe(2560);
    expect([track.latest, track.get(999)]).toEqual([undefined, undefined]);
  });
});

test("a raw peer on 05 sees exactly the bytes of the reference", async () => {
  const clock = new FakeClock();
  const peer = new RawPeer({ clock });
  const [client, server] = memoryDatagramPair();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const track = new Track({ name: "video", clock, info: { ...defaultTrackInfo, timescale: 1_000_000 } });
  broadcast.add(track);
  origin.publish(path, broadcast);
  closeLater(startSession(withDatagrams(peer.transport, server), { role: "server", publish: origin, clock }));
  peer.hello();
  peer.stream(2, "01 01 00", true);
  peer.stream(0, "02 17 01 0a726f6f6d2f616c696365 05766964656f 3c00000000");
  await settle();
  track.forwardDatagram({ timestamp: 3, payload: text("world") }, 2);
  await settle();
  expect(hex(server.sent)).toEqual(["010203776f726c64"]);
  expect((await client.incoming[Symbol.asyncIterator]().next()).value).toEqual(server.sent[0]);
  // Neither a stream nor START: only what comes on streams begins with one.
  expect(peer.received(3)).not.toContain("world");
  expect(peer.received(0)).toBe("");
});
