import { afterEach, describe, expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { defaultTrackInfo, defaultWish } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, sessionsBetween, setUp } from "../testing/fixtures/session-pair.ts";
import { hasAnnounceOk, hasFrameTimestamps, hasHopIds, hasSubscribeReplies, hasSubscribeStart, Version } from "../wire/version.ts";

afterEach(closeAll);

const framings = ["qmux-02", "qmux-01", "qmux-00", "webtransport"];
const protocols = [Version.lite05, Version.lite04, Version.lite03, "moql"];
const cells = framings.flatMap((framing) => protocols.map((protocol) => ({ framing, protocol })));
const versionOf = (protocol: string): Version => (protocol === "moql" ? Version.lite02 : (protocol as Version));

describe.each(cells)("$protocol over $framing", ({ framing, protocol }) => {
  const version = versionOf(protocol);
  const start = (limits = {}): ReturnType<typeof setUp> => setUp(limits, { framing, protocol });

  test("both sides agree on the version", async () => {
    const { subscriber, publisher } = start();
    await Promise.all([subscriber.ready, publisher.ready]);
    expect([subscriber.version, publisher.version]).toEqual([version, version]);
  });
  test("announcements come with what there is, then what changes; a second route is told only where it may", async () => {
    const { subscriber, origin, unpublish } = start();
    const all: string[] = [];
    void (async () => {
      for await (const one of subscriber.announced(toPath("room")))
        all.push(one.kind === "active" ? `+${one.path} ${one.hops.length} ${one.hops.at(-1) === 7n}` : `-${one.path}`);
    })();
    await settle();
    origin.publish(toPath("roomy"), new LocalBroadcast());
    const bob = origin.publish(toPath("room/bob"), new LocalBroadcast(), { hops: [3n, 4n] });
    await settle();
    const shorter = origin.publish(toPath("room/bob"), new LocalBroadcast(), { hops: [3n] });
    await settle();
    unpublish();
    shorter();
    bob();
    await settle();
    const ids = hasHopIds(version);
    const hops = (n: number): string => (version === Version.lite02 ? "1 false" : `${n} ${ids}`);
    expect(all).toEqual([
      `+room/alice ${hops(1)}`,
      `+room/bob ${hops(3)}`,
      ...(hasAnnounceOk(version) ? [`+room/bob ${hops(2)}`, `-room/alice`, `+room/bob ${hops(3)}`] : ["-room/alice"]),
      "-room/bob",
    ]);
  });
  test("groups arrive whole, late join from the cached one's first frame, and the end after the last", async () => {
    const { subscriber, video, clock } = start();
    const first = video.createGroup(41);
    first.append({ timestamp: 10, payload: bytes(3) });
    const remote = await subscriber.broadcast(path).track("video");
    expect(remote.info).toEqual({ ...defaultTrackInfo });
    await clock.advance(40);
    const reader = collect();
    remote.attach(reader);
    await settle();
    await clock.advance(2);
    first.append({ timestamp: 15, payload: bytes(100_000) });
    first.append({ timestamp: 12, payload: bytes(0) });
    first.finish();
    const second = video.createGroup();
    second.append({ timestamp: 20, payload: bytes(5) });
    second.finish();
    await settle();
    video.finish();
    await settle();
    await clock.advance(1001);
    expect(reader.lines).toEqual(["group 41", "group 42", "ended 43"]);
    expect(reader.groups[0]?.frames.map(({ payload }) => payload.byteLength)).toEqual([3, 100_000, 0]);
    expect(reader.groups.every(({ state }) => state.kind === "finished")).toBe(true);
    const stamps = reader.groups[0]?.frames.map(({ timestamp }) => timestamp);
    expect(stamps).toEqual(hasFrameTimestamps(version) ? [10, 15, 12] : [40, 42, 42]);
  });
  test("leaving takes the subscription back, and coming again subscribes again", async () => {
    const { subscriber, video } = start();
    const remote = await subscriber.broadcast(path).track("video");
    for (let round = 0; round < 2; round++) {
      const reader = collect();
      const reading = remote.attach(reader);
      await settle();
      expect(video.readers).toBe(1);
      video.createGroup().finish();
      await settle();
      expect(reader.lines.at(-1)).toBe(`group ${round}`);
      reading.detach();
      await settle();
      expect(video.readers).toBe(0);
    }
  });
  test("the wish arrives as far as the version carries it, and its update", async () => {
    const { subscriber, video } = start();
    const remote = await subscriber.broadcast(path).track("video");
    const reading = remote.attach(collect(), { priority: 9, ordered: true, maxLatencyMs: 70, start: 0, end: 5 });
    await settle();
    const full = { priority: 9, ordered: true, maxLatencyMs: 70, start: 0, end: 5 };
    const carried = version === Version.lite02 ? { priority: 9, ordered: false, maxLatencyMs: 0 } : full;
    expect(video.demand).toEqual(carried);
    reading.update({ ...defaultWish, priority: 11 });
    await settle();
    expect(video.demand?.priority).toBe(version === Version.lite02 ? 9 : 11);
  });
  test("what is not there is refused promptly, and the session goes on", async () => {
    const { subscriber } = start();
    for (const [broadcast, track] of [
      [path, "nope"],
      [toPath("nobody"), "video"],
    ] as const) {
      const reader = collect();
      const refused = (async () => {
        (await subscriber.broadcast(broadcast).track(track)).attach(reader);
        await settle();
      })();
      if (hasSubscribeStart(version)) await expect(refused).rejects.toMatchObject({ code: "not_found" });
      else {
        await refused;
        expect(reader.lines).toEqual(["aborted not_found"]);
      }
    }
    await expect(subscriber.broadcast(path).track("video")).resolves.toBeDefined();
  });
  test("a group that breaks off is aborted with its code, and told as dropped where there is a word for it", async () => {
    const { subscriber, video } = start();
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    const group = video.createGroup();
    group.append({ timestamp: 0, payload: bytes(9) });
    await settle();
    group.abort(new LiteError(LiteErrorCode.streamReset, "gone", { wireCode: 31 }));
    video.createGroup().finish();
    await settle();
    expect(reader.groups[0]?.state).toMatchObject({ kind: "aborted", error: { wireCode: 31 } });
    expect(reader.lines.includes("dropped 0-0 31")).toBe(hasSubscribeReplies(version));
    expect(reader.lines.at(-1)).toBe("group 1");
  });
  test("what came from a peer is not told to it", async () => {
    const relay = new Origin(7n);
    const ours = new Origin(99n);
    ours.publish(toPath("mine"), new LocalBroadcast());
    relay.publish(toPath("other"), new LocalBroadcast());
    const { server, client } = sessionsBetween({ server: relay, client: ours }, { clock: new FakeClock(), framing, protocol });
    void (async () => {
      for await (const one of server.announced())
        if (one.kind === "active") relay.publish(one.path, server.broadcast(one.path), { hops: one.hops });
    })();
    await settle();
    expect(relay.paths).toContain("mine");
    const seen: string[] = [];
    void (async () => {
      for await (const one of client.announced()) seen.push(one.path);
    })();
    await settle();
    expect(seen).toEqual(["other"]);
  });
  test("the end of the session aborts its tracks and gives every lease back", async () => {
    const { subscriber, publisher, video } = start();
    const reader = collect();
    (await subscriber.broadcast(path).track("video")).attach(reader);
    await settle();
    video.createGroup().append({ timestamp: 0, payload: bytes(1) });
    await settle();
    publisher.close(0, "bye");
    await settle();
    expect(await subscriber.closed).toEqual({ clean: true, code: 0, reason: "bye", by: "peer" });
    expect(reader.lines).toEqual(["group 0", "aborted transport_closed"]);
    expect(video.readers).toBe(0);
  });
});
