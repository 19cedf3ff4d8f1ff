import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { RecordingMeter } from "../testing/fixtures/recording-meter.ts";
import { bytes, closeAll, closeLater, collect, path, setUp } from "../testing/fixtures/session-pair.ts";
import type { Limits } from "./limits.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);
const setup = "01 0b 010508c0127a0e3d0e5615";
const announce = "01 02 00 00";
const subscribe = (id: number): string => `02 0e ${id.toString(16).padStart(2, "0")} 0161 05766964656f 3c00000000`;

async function raw(limits: Partial<Limits>): Promise<{ peer: RawPeer; meter: RecordingMeter; origin: Origin; video: Track }> {
  const clock = new FakeClock();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", clock });
  broadcast.add(video);
  origin.publish(toPath("a"), broadcast);
  const meter = new RecordingMeter();
  const peer = new RawPeer({ clock, limits });
  closeLater(startSession(peer.transport, { role: "server", publish: origin, clock, meter, limits }));
  peer.hello();
  peer.stream(2, setup, true);
  await settle();
  return { peer, meter, origin, video };
}

describe("what a peer asks for", () => {
  test("peerRequests: one request more than allowed is reset with 11, the others live, and a place comes free", async () => {
    const { peer, video } = await raw({ peerRequests: 2 });
    for (const id of [0, 1, 2]) peer.stream(id * 4, subscribe(id));
    await settle();
    expect([peer.received(0), peer.received(4), peer.received(8)]).toEqual(["", "", "RESET 11"]);
    expect(video.readers).toBe(2);
    peer.stream(0, "", true);
    await settle();
    peer.stream(12, subscribe(3));
    await settle();
    expect(peer.received(12)).toBe("");
    expect(video.readers).toBe(2);
    expect(peer.close).toBeUndefined();
  });
  test("peerAnnounceStreams: one more is reset with 11", async () => {
    const { peer } = await raw({ peerAnnounceStreams: 2 });
    for (const id of [0, 4, 8]) peer.stream(id, announce);
    await settle();
    expect(peer.received(8)).toBe("RESET 11");
    expect(peer.received(4)).not.toContain("RESET");
    expect(peer.close).toBeUndefined();
  });
});

describe("what a peer does not take", () => {
  test("controlBufferedBytes: the session is closed as too slow (26), not as a violation", async () => {
    const { peer, meter, origin } = await raw({ controlBufferedBytes: 2000, socketBufferedBytes: 0 });
    peer.stream(0, announce);
    await settle();
    const server = peer.socket.peer;
    if (server) server.blocked = true;
    for (let i = 0; i < 200; i++) origin.publish(toPath(`some/longer/path/${i}`), new LocalBroadcast());
    expect(await peer.transport.closed).toMatchObject({ clean: false, code: 26, by: "local" });
    expect(meter.lines.filter((line) => line.startsWith("error"))).toEqual(["error old media"]);
  });
  test("controlBacklogBytes: the same for frames of the transport, told once", async () => {
    const { peer, meter } = await raw({ controlBacklogBytes: 1000, socketBufferedBytes: 0 });
    const server = peer.socket.peer;
    if (server) server.blocked = true;
    for (let i = 0; i < 200; i++) {
      peer.send({ kind: "ping", response: false, sequence: BigInt(i + 1) });
      await Promise.resolve();
    }
    expect(await peer.transport.closed).toMatchObject({ clean: false, code: 26, by: "local" });
    await settle();
    expect(meter.lines.filter((line) => line.startsWith("error"))).toEqual(["error old media"]);
  });
});

describe("what a peer sends", () => {
  test.each([
    ["frameBytes", { frameBytes: 1000 }, [1001]],
    ["groupBytes", { groupBytes: 1000 }, [600, 600]],
    ["groupFrames", { groupFrames: 3 }, [1, 1, 1, 1]],
  ] as const)("%s: a group above it is stopped with 27, told to its reader, and the next one comes", async (_, limits, sizes) => {
    const { subscriber, publisher, video, got, sent } = setUp({ subscriber: limits });
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    const group = video.createGroup();
    for (const size of sizes) group.append({ timestamp: 0, payload: bytes(size) });
    await settle();
    expect(reader.groups[0]?.state).toMatchObject({ kind: "aborted", error: { code: "bounds_exceeded", wireCode: 27 } });
    expect(sent.count("dropped reset_by_peer")).toBe(1);
    expect([got.count("dropped upstream_lost"), got.count("error bounds_exceeded media")]).toEqual([1, 1]);
    const next = video.createGroup();
    next.append({ timestamp: 1, payload: bytes(10) });
    next.finish();
    await settle();
    expect(reader.groups[1]?.state.kind).toBe("finished");
    let closed = false;
    void publisher.closed.then(() => {
      closed = true;
    });
    await settle();
    expect(closed).toBe(false);
  });
  test("droppedGroupsTold: a DROP of a million groups is passed on whole, and told to the meter as far as the limit", async () => {
    const { subscriber, video, sent, got } = setUp({ publisher: { droppedGroupsTold: 5 }, subscriber: { droppedGroupsTold: 7 } });
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    video.createGroup().finish();
    video.drop({ first: 1, last: 1_000_000, code: 0 });
    await settle();
    expect(reader.lines).toContain("dropped 1-1000000 0");
    expect([sent.count("dropped"), got.count("dropped")]).toEqual([5, 7]);
  });
});

test("at twice the budget even latest groups go, lowest priority first, and what is left is below it", async () => {
  const { subscriber, broadcast, publisher, publisherSocket, clock, sent } = setUp({ publisher: { sessionBufferedBytes: 100_000 } });
  const tracks = Array.from({ length: 5 }, (_, i) => new Track({ name: `t${i}`, clock }));
  for (const [index, track] of tracks.entries()) {
    broadcast.add(track);
    const remote = await subscriber.broadcast(path).track(track.name);
    remote.attach(collect(), { priority: 10 + index, ordered: false, maxLatencyMs: 0 });
  }
  await settle();
  publisherSocket.blocked = true;
  const padding = tracks[4]?.createGroup();
  padding?.append({ timestamp: 0, payload: bytes(90_000) });
  await settle();
  for (const track of tracks.slice(0, 4)) {
    track.createGroup().append({ timestamp: 0, payload: bytes(60_000) });
    await settle();
  }
  expect(sent.lines.filter((line) => line.includes("dropped"))).toEqual(["serving room/alice/t0 dropped backpressure"]);
  expect(publisher.transport.stats().bufferedBytes).toBeLessThan(200_000 + 80_000);
});
