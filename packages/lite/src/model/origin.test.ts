import { expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { collect } from "../testing/fixtures/session-pair.ts";
import { type Broadcast, LocalBroadcast } from "./broadcast.ts";
import { CachePool } from "./cache-pool.ts";
import { Origin } from "./origin.ts";
import { toPath } from "./path.ts";
import { defaultTrackInfo, defaultWish, Track, type Wish } from "./track.ts";

const show = toPath("room/show");
const lost = new LiteError(LiteErrorCode.transportClosed, "session lost");
const payload = new Uint8Array(10);

/** A source of the track `video` that tells what is wanted of it. */
function source(clock: FakeClock, options: { readonly timescale?: number } = {}) {
  const wishes: (Wish | undefined)[] = [];
  const info = { ...defaultTrackInfo, timescale: options.timescale ?? defaultTrackInfo.timescale };
  const track = new Track({ name: "video", clock, info, onDemand: (wish) => void wishes.push(wish) });
  const broadcast = new LocalBroadcast();
  broadcast.add(track);
  return { broadcast, track, wishes };
}
function table(options: ConstructorParameters<typeof Origin>[1] = {}) {
  const clock = new FakeClock();
  const origin = new Origin(99n, { clock, ...options });
  const told: string[] = [];
  origin.attach(toPath(""), { active: ({ hops }) => void told.push(`+${hops.join()}`), ended: () => void told.push("-") });
  const watch = async (exclude?: bigint, wish = defaultWish) => {
    const track = await origin.route(show, exclude)?.broadcast.track("video");
    const seen = collect();
    const reading = track?.attach(seen, wish);
    await settle();
    return { ...seen, reading, track };
  };
  return { clock, origin, told, watch };
}

test("a second source of the same publisher is silent; readers go on at the next group, and the one under way ends where it began", async () => {
  const { clock, origin, told, watch } = table();
  const [a, b] = [source(clock), source(clock)];
  origin.publish(show, a.broadcast, { hops: [7n] });
  const viewer = await watch();
  a.track.createGroup(0).finish();
  const open = a.track.createGroup(1);
  origin.publish(show, b.broadcast, { hops: [7n] });
  await settle();
  expect(b.wishes).toEqual([{ ...defaultWish, start: 2 }]);
  b.track.createGroup(2).finish();
  a.track.createGroup(2);
  a.track.createGroup(3);
  expect(viewer.lines).toEqual(["group 0", "group 1", "group 2"]);
  expect(a.wishes.at(-1)).toEqual({ ...defaultWish, end: 1 });
  open.append({ timestamp: 1, payload });
  open.finish();
  await settle();
  expect(viewer.groups[1]).toMatchObject({ state: { kind: "finished" }, byteLength: 10 });
  expect(a.wishes.at(-1)).toBeUndefined();
  expect(told).toEqual(["+7"]);
});

test("a publisher that is back within its linger resumes: open subscriptions go on, and those that came meanwhile begin", async () => {
  const { clock, origin, told, watch } = table();
  const before = source(clock);
  const gone = origin.publish(show, before.broadcast, { hops: [7n] });
  const viewer = await watch();
  before.track.createGroup(0).finish();
  before.track.abort(lost);
  gone({ lingerMs: 5000 });
  const meanwhile = watch();
  await clock.advance(4999);
  expect(viewer.lines).toEqual(["group 0"]);
  const after = source(clock);
  origin.publish(show, after.broadcast, { hops: [7n] });
  await settle();
  after.track.createGroup(1).finish();
  expect(viewer.lines).toEqual(["group 0", "group 1"]);
  expect((await meanwhile).lines.at(-1)).toBe("group 1");
  await clock.advance(10_000);
  expect(told).toEqual(["+7"]);
});

test("when the linger is over the path ends, and what is open is aborted with a code of its own", async () => {
  const { clock, origin, told, watch } = table();
  const { broadcast, track } = source(clock);
  const gone = origin.publish(show, broadcast, { hops: [7n] });
  const viewer = await watch();
  track.abort(lost);
  gone({ lingerMs: 5000 });
  await clock.advance(5000);
  expect([told, viewer.lines]).toEqual([["+7", "-"], ["aborted not_found"]]);
});

test("another publisher takes the path over at once: readers and cache of the old one end; it stands by and comes back when the new one leaves", async () => {
  const pool = new CachePool();
  const { clock, origin, told, watch } = table({ cache: { pool } });
  const [old, next] = [source(clock), source(clock)];
  origin.publish(show, old.broadcast, { hops: [7n] });
  const viewer = await watch();
  old.track.createGroup(0).append({ timestamp: 0, payload });
  expect(pool.bytes).toBe(10);
  const leave = origin.publish(show, next.broadcast, { hops: [8n, 9n, 10n] });
  expect([viewer.lines, pool.bytes, old.wishes.at(-1)]).toEqual([["group 0", "aborted old"], 0, undefined]);
  const second = await watch();
  next.track.createGroup(0);
  leave();
  expect((await watch()).lines).toEqual(["group 0"]);
  old.track.createGroup(1);
  expect(second.lines).toEqual(["group 0"]);
  expect(told).toEqual(["+7", "-", "+8,9,10", "-", "+7"]);
});

test("a lower price does not win a path back, a new way of the displaced publisher does", () => {
  const { clock, origin, told } = table();
  const displaced = origin.publish(show, source(clock).broadcast, { hops: [7n, 1n, 2n], cost: 9 });
  origin.publish(show, source(clock).broadcast, { hops: [8n, 1n, 2n, 3n] });
  displaced.reroute({ hops: [7n], cost: 0 });
  expect(told).toEqual(["+7,1,2", "-", "+8,1,2,3"]);
  origin.publish(show, source(clock).broadcast, { hops: [7n, 1n] });
  expect(told.slice(3)).toEqual(["-", "+7"]);
});

test("a track that one source refuses is asked of the next; when all refuse, the last answer is told", async () => {
  const { clock, origin, watch } = table();
  const refuses = (code: LiteErrorCode): Broadcast => ({ track: () => Promise.reject(new LiteError(code, "no")) });
  const { broadcast, track } = source(clock);
  const other = origin.publish(show, broadcast, { hops: [7n, 1n, 2n] });
  origin.publish(show, refuses(LiteErrorCode.timeout), { hops: [7n] });
  origin.publish(show, refuses(LiteErrorCode.notFound), { hops: [7n, 1n] });
  const viewer = await watch();
  track.createGroup(4);
  expect(viewer.lines).toEqual(["group 4"]);
  track.abort(new LiteError(LiteErrorCode.streamReset, "reset"));
  await settle();
  expect(viewer.lines.at(-1)).toBe("aborted stream_reset");
  other();
  await expect(origin.route(show)?.broadcast.track("video")).rejects.toMatchObject({ code: "not_found" });
});

test("no peer is served by a way through itself: it has the best of the others, or nothing", async () => {
  const { clock, origin, watch } = table();
  const [near, far] = [source(clock), source(clock)];
  origin.publish(show, near.broadcast, { hops: [7n, 5n] });
  expect(origin.route(show, 5n)).toBeUndefined();
  origin.publish(show, far.broadcast, { hops: [7n, 1n, 2n] });
  const [peer, other] = [await watch(5n), await watch()];
  near.track.createGroup(1);
  far.track.createGroup(2);
  expect([peer.lines, other.lines]).toEqual([["group 2"], ["group 1"]]);
});

test("what is not announced is served by its exact path and told to nobody, and never before what is", async () => {
  const { clock, origin, told, watch } = table();
  const [offline, live] = [source(clock), source(clock)];
  origin.publish(show, offline.broadcast, { hops: [7n], announced: false });
  expect([origin.paths, told, (await watch()).track?.name]).toEqual([[], [], "video"]);
  const leave = origin.publish(show, live.broadcast, { hops: [8n, 1n] });
  expect(origin.route(show)?.hops).toEqual([8n, 1n]);
  leave();
  expect([told, origin.route(show)?.hops]).toEqual([["+8,1", "-"], [7n]]);
});

test("one reading of the source serves everyone: their wishes are merged, and each change is told", async () => {
  const { clock, origin, watch } = table();
  const { broadcast, wishes } = source(clock);
  origin.publish(show, broadcast, { hops: [7n] });
  const first = await watch(undefined, { priority: 10, ordered: true, maxLatencyMs: 100, start: 5, end: 9 });
  const second = await watch(undefined, { priority: 200, ordered: true, maxLatencyMs: 900, start: 3, end: 20 });
  const third = await watch(undefined, { priority: 1, ordered: false, maxLatencyMs: 0 });
  second.reading?.detach();
  first.reading?.update({ priority: 10, ordered: false, maxLatencyMs: 100 });
  third.reading?.detach();
  first.reading?.detach();
  expect(wishes).toEqual([
    { priority: 10, ordered: true, maxLatencyMs: 100, start: 5, end: 9 },
    { priority: 200, ordered: true, maxLatencyMs: 900, start: 3, end: 20 },
    { priority: 200, ordered: false, maxLatencyMs: 0, start: 3 },
    { priority: 10, ordered: false, maxLatencyMs: 0, start: 5 },
    { priority: 10, ordered: false, maxLatencyMs: 0 },
    { priority: 10, ordered: false, maxLatencyMs: 100 },
    undefined,
  ]);
});

test("all tracks share the pool: what was used longest ago goes, wherever it is; the latest of each track stays", async () => {
  const pool = new CachePool(5 * (100 + 256));
  const clock = new FakeClock();
  const [a, b] = ["a", "b"].map((name) => new Track({ name, clock, pool })) as [Track, Track];
  const add = (track: Track, sequence: number): void => {
    const group = track.createGroup(sequence);
    group.append({ timestamp: 0, payload: new Uint8Array(100) });
    group.finish();
  };
  const kept = (track: Track): number[] => [0, 1, 2, 3].filter((sequence) => track.get(sequence));
  for (const sequence of [0, 1, 2]) add(a, sequence);
  for (const sequence of [0, 1]) add(b, sequence);
  expect([kept(a), kept(b), pool.bytes]).toEqual([[0, 1, 2], [0, 1], 500]);
  await a.fetch(0);
  add(b, 2);
  add(b, 3);
  expect([kept(a), kept(b)]).toEqual([
    [0, 2],
    [1, 2, 3],
  ]);
  a.release();
  b.release();
  expect(pool.bytes).toBe(0);
});
