import { afterEach, describe, expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { Group } from "../model/group.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { viewerBehind } from "../testing/fixtures/relay-chain.ts";
import { bytes, closeAll, closeLater, path, type SessionPair, setUp } from "../testing/fixtures/session-pair.ts";
import type { Session } from "./session.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);
async function fetched(session: Session, sequence: number): Promise<Group> {
  return (await session.broadcast(path).track("video")).fetch(sequence);
}
/** An open group with one frame, kept by the publisher and by nobody else. */
function open({ video }: SessionPair, sequence: number): Group {
  const group = video.createGroup(sequence);
  group.append({ timestamp: sequence, payload: bytes(100) });
  return group;
}

describe("a relay that does not have the group", () => {
  test("asks its source once for all who want it, also for who comes in the middle, and passes on what comes", async () => {
    const pair = setUp();
    const group = open(pair, 3);
    const viewers = [viewerBehind(pair), viewerBehind(pair), viewerBehind(pair)];
    const early = await Promise.all(viewers.slice(0, 2).map(({ session }) => fetched(session, 3)));
    group.append({ timestamp: 4, payload: bytes(50_000) });
    await settle();
    const late = await fetched((viewers[2] as (typeof viewers)[number]).session, 3);
    group.append({ timestamp: 5, payload: bytes(7) });
    group.finish();
    await settle();
    for (const one of [...early, late]) {
      expect(one.state.kind).toBe("finished");
      expect(one.frames.map(({ timestamp, payload }) => [timestamp, payload.byteLength])).toEqual([
        [3, 100],
        [4, 50_000],
        [5, 7],
      ]);
    }
    expect(pair.sent.count("fetching room/alice/video open")).toBe(1);
    expect(pair.got.count("receiving room/alice/video open")).toBe(1);
    expect([pair.got.count(" close"), pair.sent.count(" close")]).toEqual([1, 1]);
    expect(viewers.map(({ served }) => served.count("first 0 live"))).toEqual([1, 1, 1]);
    expect(viewers.map(({ served }) => served.count("video group"))).toEqual([1, 1, 1]);
  });
  test("asks again when the group has ended, since it keeps nothing that it fetched", async () => {
    const pair = setUp();
    open(pair, 3).finish();
    const viewer = viewerBehind(pair);
    await fetched(viewer.session, 3);
    await settle();
    expect((await fetched(viewer.session, 3)).byteLength).toBe(100);
    expect(pair.sent.count("fetching room/alice/video open")).toBe(2);
  });
  test("takes the request back when the last who wanted it has left, before an answer or in its middle", async () => {
    const pair = setUp();
    const group = open(pair, 3);
    const [one, two] = [viewerBehind(pair), viewerBehind(pair)];
    const [first, second] = await Promise.all([fetched(one.session, 3), fetched(two.session, 3)]);
    first.abort(gone());
    await settle();
    group.append({ timestamp: 4, payload: bytes(10) });
    await settle();
    expect(second.frames).toHaveLength(2);
    second.abort(gone());
    await settle();
    expect(pair.sent.lines.at(-1)).toBe("fetching room/alice/video close");
    expect(group.readers).toBe(0);
    group.append({ timestamp: 5, payload: bytes(10) });
    await settle();
    expect(pair.got.count("receiving room/alice/video frame")).toBe(2);
    expect([...pair.sent.lines, ...pair.got.lines, ...one.served.lines].filter((line) => line.startsWith("error"))).toEqual([]);

    const stop = new AbortController();
    const relayed = await pair.subscriber.broadcast(path).track("video");
    pair.publisherSocket.blocked = true;
    const unanswered = relayed.fetch(3, { signal: stop.signal });
    await settle();
    expect(pair.sent.count("fetching room/alice/video open")).toBe(2);
    stop.abort(gone());
    await expect(unanswered).rejects.toMatchObject({ code: "cancelled" });
    await settle();
    expect(pair.sent.count("fetching room/alice/video close")).toBe(2);
  });
  test("serves the cached group, also as a hit", async () => {
    const pair = setUp();
    const viewer = viewerBehind(pair);
    const relayed = await pair.subscriber.broadcast(path).track("video");
    const reading = relayed.attach({ group() {}, dropped() {}, ended() {}, aborted() {} });
    await settle();
    open(pair, 3).finish();
    await settle();
    expect((await fetched(viewer.session, 3)).byteLength).toBe(100);
    expect([viewer.served.count("first 0 cached"), pair.sent.count("fetching")]).toEqual([1, 0]);
    reading.detach();
  });
});

describe("what a viewer is told", () => {
  test("13 where the source has no such group, once for both hops", async () => {
    const pair = setUp();
    const viewer = viewerBehind(pair);
    await expect(fetched(viewer.session, 9)).rejects.toMatchObject({ code: "not_found", wireCode: 13 });
    expect(pair.sent.count("error not_found subscribe")).toBe(1);
  });
  test.each(["moq-lite-04", "moq-lite-03", "moql"])("13 where the source speaks %s, which has no FETCH", async (protocol) => {
    const viewer = viewerBehind(setUp({}, { protocol }));
    await expect(fetched(viewer.session, 0)).rejects.toMatchObject({ code: "not_found", wireCode: 13 });
  });
  test("13 where the source refuses with 0, and 3 where it never answers", async () => {
    const clock = new FakeClock();
    const source = new RawPeer({ clock });
    const upstream = startSession(source.transport, { role: "server", clock });
    closeLater(upstream);
    source.hello();
    source.stream(2, "01 01 00", true);
    const origin = new Origin(7n);
    origin.publish(toPath("a"), upstream.broadcast(toPath("a")));
    const peer = new RawPeer({ clock });
    closeLater(startSession(peer.transport, { role: "server", publish: origin, clock }));
    peer.hello();
    peer.stream(2, "01 01 00", true);
    for (const [index, id] of [0, 4].entries()) peer.stream(id, `03 06 0161 0176 00 0${index}`, true);
    await settle();
    source.stream(1, "04 00 00 00 01", true);
    await settle();
    expect([source.received(5), source.received(9)]).toEqual(["0306016101768000 FIN", "0306016101768001 FIN"]);
    source.send({ kind: "reset_stream", id: 5, code: 0, finalSize: 0 });
    await clock.advance(10_001);
    expect([peer.received(0), peer.received(4)]).toEqual(["RESET 13", "RESET 3"]);
    expect([peer.close, source.close]).toEqual([undefined, undefined]);
  });
});

describe("limits", () => {
  test("peerFetches: one more is reset with 11, others live, and a place comes free", async () => {
    const clock = new FakeClock();
    const origin = new Origin(7n);
    const track = new Track({ name: "video", clock });
    origin.publish(toPath("a"), { track: () => Promise.resolve(track) });
    const peer = new RawPeer({ clock });
    closeLater(startSession(peer.transport, { role: "server", publish: origin, clock, limits: { peerFetches: 2 } }));
    peer.hello();
    peer.stream(2, "01 01 00", true);
    const group = track.createGroup();
    group.append({ timestamp: 1, payload: bytes(1) });
    for (const id of [0, 4, 8]) peer.stream(id, "03 0a 0161 05766964656f 00 00", true);
    await settle();
    expect([0, 4, 8].map((id) => peer.received(id))).toEqual(["020101", "020101", "RESET 11"]);
    peer.send({ kind: "stop_sending", id: 0, code: 0 });
    await settle();
    peer.stream(12, "03 0a 0161 05766964656f 00 00", true);
    await settle();
    expect(peer.received(12)).toBe("020101");
    expect(peer.close).toBeUndefined();
  });
});

function gone(): LiteError {
  return new LiteError(LiteErrorCode.cancelled, "gone");
}
