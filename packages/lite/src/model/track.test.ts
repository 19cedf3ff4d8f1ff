import { expect, test, vi } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Group } from "./group.ts";
import { defaultTrackInfo, Track } from "./track.ts";

test("older groups go by age, by bytes and by number; the latest stays", async () => {
  const clock = new FakeClock();
  const track = new Track({ name: "t", clock, cacheBytes: 1000 });
  const add = (bytes: number): void => {
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new Uint8Array(bytes) });
    group.finish();
  };
  for (let i = 0; i < 5; i++) add(400);
  expect([0, 1, 2, 3, 4].map((n) => track.get(n) !== undefined)).toEqual([false, false, true, true, true]);
  await clock.advance(5001);
  add(0);
  expect([3, 4, 5].map((n) => track.get(n) !== undefined)).toEqual([false, false, true]);
  for (let i = 0; i < 5000; i++) add(0);
  expect(track.get(6)).toBeUndefined();
  expect(track.get(5005)).toBeDefined();
  expect(track.get(5005 - 4096)).toBeDefined();
});

test("what a new group costs does not grow with the cache", () => {
  const track = new Track({ name: "t", clock: new FakeClock() });
  const looks = vi.spyOn(Group.prototype, "byteLength", "get");
  const add = (): void => {
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new Uint8Array(1) });
    group.finish();
  };
  for (let i = 0; i < 4000; i++) add();
  looks.mockClear();
  for (let i = 0; i < 100; i++) add();
  expect(looks.mock.calls.length).toBeLessThanOrEqual(1000);
  looks.mockRestore();
  expect(track.cachedBytes).toBe(4097);
});

test("what is open stays and counts; what replaces an aborted group takes its place", async () => {
  const clock = new FakeClock();
  const track = new Track({ name: "t", clock, cacheBytes: 1000 });
  const open = track.createGroup();
  open.append({ timestamp: 0, payload: new Uint8Array(600) });
  const broken = track.createGroup();
  broken.append({ timestamp: 0, payload: new Uint8Array(300) });
  broken.abort(new LiteError(LiteErrorCode.old, "too slow"));
  track.createGroup(1).append({ timestamp: 0, payload: new Uint8Array(200) });
  expect(track.cachedBytes).toBe(800);
  track.createGroup(2).append({ timestamp: 0, payload: new Uint8Array(5000) });
  await clock.advance(6000);
  track.createGroup(3);
  expect([0, 1, 2, 3].map((n) => track.get(n) !== undefined)).toEqual([true, true, true, true]);
  open.finish();
  track.createGroup(4);
  expect(track.get(0)).toBeUndefined();
  expect(track.cachedBytes).toBe(5200);
  track.clear(new LiteError(LiteErrorCode.cancelled, "gone"));
  expect(track.cachedBytes).toBe(0);
});

test("age is seen by a timer: a publisher that falls silent does not keep its older groups, only its latest", async () => {
  const clock = new FakeClock();
  const track = new Track({ name: "t", clock, info: { ...defaultTrackInfo, maxLatencyMs: 2000 } });
  const add = (finished = true): Group => {
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new Uint8Array(100) });
    if (finished) group.finish();
    return group;
  };
  const open = add(false);
  await clock.advance(500);
  add();
  add();
  await clock.advance(1999);
  expect([0, 1, 2].map((n) => track.get(n) !== undefined)).toEqual([true, true, true]);
  await clock.advance(1);
  expect([0, 1, 2].map((n) => track.get(n) !== undefined)).toEqual([true, false, true]);
  expect(track.cachedBytes).toBe(200);
  open.finish();
  await clock.advance(1000);
  expect([0, 1, 2].map((n) => track.get(n) !== undefined)).toEqual([false, false, true]);
  await clock.advance(100_000);
  expect(track.get(2)).toBeDefined();
  expect(clock.pendingBackground).toBe(0);
});

test("a track that is over leaves no timer behind", async () => {
  const clock = new FakeClock();
  const ends: ((track: Track) => void)[] = [
    (track) => track.finish(),
    (track) => track.abort(new LiteError(LiteErrorCode.cancelled, "gone")),
    (track) => track.clear(new LiteError(LiteErrorCode.cancelled, "gone")),
  ];
  for (const end of ends) {
    const track = new Track({ name: "t", clock });
    for (let i = 0; i < 3; i++) track.createGroup().finish();
    track.datagram({ timestamp: 0, payload: new Uint8Array(1) });
    expect(clock.pendingBackground).toBe(2);
    end(track);
    await clock.advance(50);
    expect(clock.pendingBackground).toBe(0);
  }
});
