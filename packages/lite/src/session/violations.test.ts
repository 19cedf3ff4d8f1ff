import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { RecordingMeter } from "../testing/fixtures/recording-meter.ts";
import { startSession } from "./start.ts";

const peers: RawPeer[] = [];
afterEach(() => {
  for (const peer of peers.splice(0)) peer.transport.close();
});
const setup = "01 0b 010508c0127a0e3d0e5615";
const subscribe = "02 0e 00 0161 05766964656f 3c00000000";

function start(
  framing = "qmux-01",
  protocol = "moq-lite-05",
): { peer: RawPeer; clock: FakeClock; meter: RecordingMeter; video: Track; goaways: string[] } {
  const clock = new FakeClock();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", clock });
  broadcast.add(video);
  origin.publish(toPath("a"), broadcast);
  const meter = new RecordingMeter();
  const goaways: string[] = [];
  const peer = new RawPeer({ clock, framing, protocol });
  peers.push(peer);
  startSession(peer.transport, { role: "server", publish: origin, clock, meter, onGoaway: (uri) => goaways.push(uri) });
  return { peer, clock, meter, video, goaways };
}
async function started(framing?: string): Promise<ReturnType<typeof start>> {
  const all = start(framing);
  all.peer.hello();
  all.peer.stream(2, setup, true);
  await settle();
  return all;
}

describe("one bad stream costs only that stream", () => {
  test.each([
    ["an unknown bidirectional type", "3f 00", 10],
    ["a SUBSCRIBE for an unknown broadcast", "02 0e 09 017a 05766964656f 3c00000000", 30],
    ["a SUBSCRIBE for an unknown track", "02 0e 09 0161 05617564696f 3c00000000", 13],
    ["a FETCH of a group that is not there", "03 0a 0161 05766964656f 00 07", 13],
  ])("%s", async (_, hex, code) => {
    const { peer } = await started();
    peer.stream(0, hex);
    await settle();
    expect(peer.received(0)).toBe(`RESET ${code}`);
    expect(peer.close).toBeUndefined();
    peer.stream(4, subscribe);
    await settle();
    expect(peer.received(4)).toBe("");
  });
  test("an unknown one-way type, and a group of an unknown subscription, are stopped", async () => {
    const { peer } = await started();
    peer.stream(6, "3f");
    peer.stream(10, "00 02 0500 0000");
    await settle();
    expect(peer.stopped(6)).toEqual([10]);
    expect(peer.stopped(10)).toEqual([0]);
    expect(peer.close).toBeUndefined();
  });
  test("a stream that ends or is reset before its type is ignored", async () => {
    const { peer } = await started();
    peer.stream(0, "", true);
    peer.send({ kind: "reset_stream", id: 4, code: 0, finalSize: 0 }, { kind: "reset_stream", id: 6, code: 0, finalSize: 0 });
    await settle();
    expect(peer.close).toBeUndefined();
  });
  test("a subscribe id that is in use is refused with 12", async () => {
    const { peer } = await started();
    peer.stream(0, subscribe);
    peer.stream(4, subscribe);
    await settle();
    expect(peer.received(4)).toBe("RESET 12");
    expect(peer.received(0)).toBe("");
  });
  test("a Probe stream ends at once where nothing is measured", async () => {
    const { peer } = await started();
    peer.stream(0, "04");
    await settle();
    expect(peer.received(0)).toBe("FIN");
    expect(peer.stopped(0)).toEqual([0]);
  });
  test("GOAWAY is told and changes nothing", async () => {
    const { peer, goaways } = await started();
    peer.stream(0, "05 13 1268747470733a2f2f622e6578616d706c652f");
    await settle();
    expect(goaways).toEqual(["https://b.example/"]);
    expect(peer.close).toBeUndefined();
  });
});

describe("a broken control message ends the session with 15", () => {
  test.each([
    ["leftover bytes", 0, "02 0f 00 0161 05766964656f 3c00000000 00"],
    ["a message over the limit", 0, "01 80010001"],
    ["a boolean of 2", 0, "02 0e 00 0161 05766964656f 3c02000000"],
    ["a SETUP cut short", 6, "01 0b 0105"],
    ["a second SETUP", 6, "01 01 00"],
    ["a SETUP parameter given twice", 6, "01 07 02 010101 010101"],
  ])("%s", async (_, id, hex) => {
    const { peer, meter } = await started();
    peer.stream(id, hex, true);
    await settle();
    expect(peer.close).toMatchObject({ application: true, code: 15 });
    expect(meter.count("error")).toBeGreaterThan(0);
  });
  test("no SETUP within 10 s ends it with 3", async () => {
    const { peer, clock } = start();
    peer.hello();
    await clock.advance(10_001);
    expect(peer.close).toMatchObject({ application: true, code: 3 });
  });
});

describe("legacy SETUP", () => {
  const hello = "20 000a 01 c0000000ff0dad02 00";
  async function legacy(hex: string, fin = false): Promise<ReturnType<typeof start>> {
    const all = start("qmux-00", "moql");
    all.peer.hello();
    all.peer.stream(0, hex, fin);
    await settle();
    return all;
  }
  test.each([
    ["given twice", hello, 15],
    ["cut short", "20 000a 01", 15],
    ["with a byte too many", "20 000b 01 c0000000ff0dad02 00 00", 15],
    ["with no version of ours", "20 0006 01 80ff000e 00", 9],
  ])("%s ends the session", async (_, hex, code) => {
    const { peer } = await legacy(hex, true);
    peer.stream(4, hex);
    await settle();
    expect(peer.close).toMatchObject({ application: true, code });
  });
  test("what comes before it waits for it", async () => {
    const { peer } = start("qmux-00", "moql");
    peer.hello();
    peer.stream(4, "01 01 00");
    await settle();
    expect(peer.received(4)).toBe("");
    peer.stream(0, hello);
    await settle();
    expect(peer.received(4)).toBe("03010161");
  });
  test("its stream may end, and SESSION_INFO on it says nothing to us", async () => {
    const { peer } = await legacy(hello);
    peer.stream(0, "04 800f4240", true);
    await settle();
    expect(peer.close).toBeUndefined();
  });
  test("none within 10 s ends the session with 3", async () => {
    const { peer, clock } = start("qmux-00", "moql");
    peer.hello();
    await clock.advance(10_001);
    expect(peer.close).toMatchObject({ application: true, code: 3 });
  });
  test("it does not belong to a session whose version is known", async () => {
    const { peer } = await started();
    peer.stream(0, hello);
    await settle();
    expect(peer.received(0)).toBe("RESET 10");
    expect(peer.close).toBeUndefined();
  });
});

describe("what a version does not have costs only its stream", () => {
  test.each([
    ["TRACK", "moq-lite-04", "06 08 0161 05766964656f"],
    ["FETCH", "moq-lite-04", "03 0a 0161 05766964656f 00 00"],
    ["GOAWAY", "moq-lite-03", "05 0100"],
  ])("%s on %s", async (_, protocol, hex) => {
    const { peer } = start("qmux-01", protocol);
    peer.hello();
    peer.stream(0, hex);
    peer.stream(2, setup);
    await settle();
    expect(peer.received(0)).toBe("RESET 10");
    expect(peer.stopped(2)).toEqual([10]);
    expect(peer.close).toBeUndefined();
  });
});

test("announcements that loop, or came too far, are left out whatever the peer was asked", async () => {
  const clock = new FakeClock();
  const peer = new RawPeer({ clock });
  peers.push(peer);
  const meter = new RecordingMeter();
  const session = startSession(peer.transport, { role: "server", publish: new Origin(7n), clock, meter });
  peer.hello();
  peer.stream(2, setup, true);
  const seen: unknown[] = [];
  void (async () => {
    for await (const one of session.announced()) seen.push(one);
  })();
  await settle();
  expect(peer.received(1)).toBe("01020007");
  peer.stream(1, "02 2a 03");
  peer.stream(1, "05 01 0161 01 07");
  peer.stream(1, `24 01 0162 20 ${"01".repeat(32)}`);
  peer.stream(1, `25 01 0163 21 ${"01".repeat(33)}`);
  peer.stream(1, "05 01 0164 01 01");
  peer.stream(1, "04 00 0164 00");
  await settle();
  expect(seen).toEqual([
    { kind: "active", path: "d", hops: [1n, 42n] },
    { kind: "ended", path: "d" },
  ]);
  expect(meter.count("error bounds_exceeded announce")).toBe(1);
  expect(peer.close).toBeUndefined();
});
