import { afterEach, describe, expect, test } from "vitest";
import { readFrames, readGroups } from "../connect/read.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { defaultWish } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, sessionsBetween, setUp } from "../testing/fixtures/session-pair.ts";

afterEach(closeAll);

describe("announcements", () => {
  test("what is there, then what comes and goes, by prefix and with hops", async () => {
    const { subscriber, origin, unpublish, got } = setUp();
    const all: string[] = [];
    void (async () => {
      for await (const one of subscriber.announced(toPath("room")))
        all.push(one.kind === "active" ? `+${one.path} ${one.hops.join(",")}` : `-${one.path}`);
      all.push("end");
    })();
    await settle();
    origin.publish(toPath("roomy"), new LocalBroadcast());
    const other = origin.publish(toPath("room/bob"), new LocalBroadcast(), { hops: [3n, 4n] });
    await settle();
    unpublish();
    other();
    await settle();
    subscriber.close();
    await settle();
    expect(all).toEqual(["+room/alice 7", "+room/bob 3,4,7", "-room/alice", "-room/bob", "end"]);
    expect(got.lines).toEqual(["announcement active", "announcement active", "announcement ended", "announcement ended"]);
  });
  test("what came through us is neither told nor taken", async () => {
    const ours = new Origin(99n);
    const theirs = new Origin(7n);
    theirs.publish(toPath("loop"), new LocalBroadcast(), { hops: [1n, 99n] });
    theirs.publish(toPath("free"), new LocalBroadcast(), { hops: [1n] });
    theirs.publish(toPath("deep"), new LocalBroadcast(), { hops: Array.from({ length: 33 }, (_, i) => BigInt(i + 1000)) });
    const { client } = sessionsBetween({ server: theirs, client: ours }, { clock: new FakeClock() });
    const seen: string[] = [];
    void (async () => {
      for await (const one of client.announced()) seen.push(one.path);
    })();
    await settle();
    expect(seen).toEqual(["free"]);
  });
  test("a slow reader is told only what still holds", async () => {
    const { subscriber, origin } = setUp();
    const changes = subscriber.announced()[Symbol.asyncIterator]();
    expect((await changes.next()).value).toMatchObject({ path: "room/alice" });
    for (let i = 0; i < 50; i++) origin.publish(toPath("flap"), new LocalBroadcast())();
    origin.publish(toPath("stays"), new LocalBroadcast());
    await settle();
    expect((await changes.next()).value).toMatchObject({ kind: "active", path: "stays" });
  });
  test("more live announcements than the limit are ignored, and counted", async () => {
    const { subscriber, origin, got } = setUp({ subscriber: { announcements: 3 } });
    for (let i = 0; i < 5; i++) origin.publish(toPath(`b${i}`), new LocalBroadcast());
    const seen: string[] = [];
    void (async () => {
      for await (const one of subscriber.announced()) seen.push(one.path);
    })();
    await settle();
    expect(seen).toHaveLength(3);
    expect(got.count("error bounds_exceeded announce")).toBe(3);
  });
});

describe("subscriptions", () => {
  test("a late reader gets the cached group from its first frame, then live", async () => {
    const { subscriber, video, sent, clock } = setUp();
    video.createGroup().finish();
    const group = video.createGroup();
    group.append({ timestamp: 10, payload: bytes(3) });
    group.append({ timestamp: 20, payload: bytes(4) });
    const remote = await subscriber.broadcast(path).track("video");
    await clock.advance(40);
    const reader = collect();
    remote.attach(reader);
    await settle();
    group.append({ timestamp: 15, payload: bytes(5) });
    group.finish();
    await settle();
    expect(reader.lines).toEqual(["group 1"]);
    expect(reader.groups[0]?.frames.map(({ timestamp, payload }) => [timestamp, payload.byteLength])).toEqual([
      [10, 3],
      [20, 4],
      [15, 5],
    ]);
    expect(reader.groups[0]?.state.kind).toBe("finished");
    expect(sent.lines.slice(2)).toEqual([
      "serving room/alice/video first 40 cached",
      "serving room/alice/video frame cached",
      "serving room/alice/video frame cached",
      "serving room/alice/video frame live",
      "serving room/alice/video group",
    ]);
  });
  test("one SUBSCRIBE serves all readers, and the last to leave takes it back", async () => {
    const { subscriber, video, got, sent } = setUp();
    const remote = await subscriber.broadcast(path).track("video");
    expect(await subscriber.broadcast(path).track("video")).toBe(remote);
    const first = remote.attach(collect());
    const second = remote.attach(collect(), { ...defaultWish, priority: 200 });
    await settle();
    expect(video.readers).toBe(1);
    expect(video.demand?.priority).toBe(200);
    video.createGroup().append({ timestamp: 0, payload: bytes(1) });
    await settle();
    expect(remote.latest?.frames).toHaveLength(1);
    first.detach();
    await settle();
    expect(video.readers).toBe(1);
    second.detach();
    await settle();
    expect(video.readers).toBe(0);
    expect(remote.latest).toBeUndefined();
    expect(got.count("open")).toBe(1);
    expect(got.count("close")).toBe(1);
    expect(sent.count("close")).toBe(1);
  });
  test("a reader that comes back subscribes again", async () => {
    const { subscriber, video } = setUp();
    const remote = await subscriber.broadcast(path).track("video");
    for (let round = 0; round < 3; round++) {
      const reader = collect();
      const reading = remote.attach(reader);
      await settle();
      video.createGroup().finish();
      await settle();
      expect(reader.lines.at(-1)).toBe(`group ${round}`);
      reading.detach();
      await settle();
    }
    expect(video.readers).toBe(0);
  });
  test("a track's info is forgotten 30 s after its last reader", async () => {
    const { subscriber, clock } = setUp();
    const before = await subscriber.broadcast(path).track("video");
    before.attach(collect()).detach();
    await clock.advance(29_000);
    expect(await subscriber.broadcast(path).track("video")).toBe(before);
    await clock.advance(31_000);
    expect(await subscriber.broadcast(path).track("video")).not.toBe(before);
  });
  test("a track's end arrives after its last group", async () => {
    const { subscriber, video } = setUp();
    const remote = await subscriber.broadcast(path).track("video");
    const reader = collect();
    remote.attach(reader);
    await settle();
    for (let i = 0; i < 3; i++) {
      const group = video.createGroup();
      group.append({ timestamp: i, payload: bytes(100_000) });
      group.finish();
    }
    video.finish();
    await settle();
    expect(reader.lines).toEqual(["group 0", "group 1", "group 2", "ended 3"]);
    expect(reader.groups.every(({ byteLength, state }) => byteLength === 100_000 && state.kind === "finished")).toBe(true);
  });
  test("a track that never had a group ends with 0", async () => {
    const { subscriber, video } = setUp();
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    video.finish();
    await settle();
    expect(reader.lines).toEqual(["ended 0"]);
  });
  test("an unknown track or broadcast is refused promptly and named", async () => {
    const { subscriber } = setUp();
    await expect(subscriber.broadcast(path).track("nope")).rejects.toMatchObject({ code: "not_found", wireCode: 13 });
    await expect(subscriber.broadcast(toPath("nobody")).track("video")).rejects.toMatchObject({ code: "not_found", wireCode: 30 });
    await expect(subscriber.broadcast(path).track("video")).resolves.toBeDefined();
  });
  test("a group reset upstream is aborted downstream with its code, once in the account", async () => {
    const { subscriber, video, sent, got } = setUp();
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    const group = video.createGroup();
    group.append({ timestamp: 0, payload: bytes(9) });
    await settle();
    group.abort(new LiteError(LiteErrorCode.streamReset, "gone", { wireCode: 31 }));
    await settle();
    expect(reader.groups[0]?.state).toMatchObject({ kind: "aborted", error: { code: "stream_reset", wireCode: 31 } });
    expect(reader.lines).toEqual(["group 0", "dropped 0-0 31"]);
    expect(sent.count("dropped upstream_lost")).toBe(1);
    expect(got.count("dropped reset_by_peer")).toBe(1);
  });
  test("DROP is passed on and counted", async () => {
    const { subscriber, video, sent, got } = setUp();
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    video.createGroup(0).finish();
    video.drop({ first: 1, last: 3, code: 0 });
    video.createGroup(4).finish();
    await settle();
    expect(reader.lines).toContain("dropped 1-3 0");
    expect(sent.count("dropped upstream_lost")).toBe(3);
    expect(got.count("dropped reset_by_peer")).toBe(3);
  });
  test("the end is a cap: raising it resumes", async () => {
    const { subscriber, video } = setUp();
    const reader = collect();
    const reading = (await subscriber.broadcast(path).track("video")).attach(reader, { ...defaultWish, start: 0, end: 1 });
    await settle();
    for (let i = 0; i < 4; i++) video.createGroup().finish();
    await settle();
    expect(reader.lines).toEqual(["group 0", "group 1"]);
    reading.update({ ...defaultWish, start: 0, end: 2 });
    await settle();
    expect(reader.lines).toEqual(["group 0", "group 1", "group 2"]);
  });
  test("frames and groups can be read as iterations", async () => {
    const { subscriber, video } = setUp();
    const remote = await subscriber.broadcast(path).track("video");
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const group of readGroups(remote, defaultWish, { signal: stop.signal }))
        for await (const { timestamp } of readFrames(group)) seen.push(timestamp);
    })();
    await settle();
    for (let i = 0; i < 2; i++) {
      const group = video.createGroup();
      group.append({ timestamp: i * 10, payload: bytes(2) });
      group.finish();
      await settle();
    }
    stop.abort();
    await reading;
    await settle();
    expect(seen).toEqual([0, 10]);
    expect(video.readers).toBe(0);
  });
});

describe("the end of a session", () => {
  test("aborts its tracks and their open groups, and every lease is given back", async () => {
    const { subscriber, publisher, video, sent, got } = setUp();
    const reader = collect();
    const remote = await subscriber.broadcast(path).track("video");
    remote.attach(reader);
    await settle();
    video.createGroup().append({ timestamp: 0, payload: bytes(1) });
    await settle();
    publisher.close(0, "bye");
    await settle();
    expect(await subscriber.closed).toEqual({ clean: true, code: 0, reason: "bye", by: "peer" });
    expect(reader.lines).toEqual(["group 0", "aborted transport_closed"]);
    expect(reader.groups[0]?.state.kind).toBe("aborted");
    expect(video.readers).toBe(0);
    expect([sent.count(" open"), sent.count(" close")]).toEqual([1, 1]);
    expect([got.count(" open"), got.count(" close")]).toEqual([1, 1]);
    await expect(subscriber.broadcast(path).track("other")).rejects.toMatchObject({ code: "transport_closed" });
  });
  test("a cut link is told as lost", async () => {
    const { subscriber, subscriberSocket, video } = setUp();
    (await subscriber.broadcast(path).track("video")).attach(collect());
    await settle();
    subscriberSocket.abort();
    await settle();
    expect(await subscriber.closed).toMatchObject({ clean: false, by: "lost" });
    expect(video.readers).toBe(0);
  });
  test("silence ends it: no SETUP within 10 s, nothing at all within 30 s", async () => {
    const { clock, subscriber, publisher, publisherSocket, subscriberSocket } = setUp();
    await publisher.ready;
    await clock.advance(120_000);
    publisherSocket.blocked = true;
    subscriberSocket.blocked = true;
    await clock.advance(36_000);
    expect(await subscriber.closed).toMatchObject({ by: "lost" });
    expect(await publisher.closed).toMatchObject({ by: "lost" });
  });
  test("may be asked twice, and by scope", async () => {
    const { subscriber, publisher } = setUp();
    {
      await using session = subscriber;
      await session.ready;
      session.close();
      session.close();
    }
    expect(await publisher.closed).toMatchObject({ clean: true });
  });
});
