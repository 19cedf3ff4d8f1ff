import { expect, test } from "vitest";
import { LiteError, LiteErrorCode } from "../error.ts";
import { Group } from "../model/group.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { readFrames, readGroups } from "./read.ts";

const track = (): Track => new Track({ name: "t", clock: new FakeClock() });
const frame = (timestamp: number): { timestamp: number; payload: Uint8Array } => ({ timestamp, payload: new Uint8Array(1) });

test("groups: a signal lets go at once while the consumer is busy, and what was queued is not told any more", async () => {
  const source = track();
  const stop = new AbortController();
  const groups = readGroups(source, undefined, { signal: stop.signal });
  source.createGroup();
  const first = await groups.next();
  source.createGroup();
  source.createGroup();
  expect([first.value?.sequence, source.readers]).toEqual([0, 1]);
  stop.abort();
  expect(source.readers).toBe(0);
  expect(await groups.next()).toEqual({ value: undefined, done: true });
});
test("frames: the same", async () => {
  const group = new Group(0);
  const stop = new AbortController();
  const frames = readFrames(group, { signal: stop.signal });
  group.append(frame(1));
  group.append(frame(2));
  expect((await frames.next()).value?.timestamp).toBe(1);
  stop.abort();
  expect(group.readers).toBe(0);
  expect((await frames.next()).done).toBe(true);
});
test("a signal ends an iteration that waits, and one that has fired begins none", async () => {
  const source = track();
  const stop = new AbortController();
  const waiting = readGroups(source, undefined, { signal: stop.signal }).next();
  await settle();
  stop.abort();
  expect((await waiting).done).toBe(true);
  source.createGroup();
  expect((await readGroups(source, undefined, { signal: stop.signal }).next()).done).toBe(true);
  expect(source.readers).toBe(0);
});
test("leaving a loop lets go, and an aborted source throws its error after what came before", async () => {
  const source = track();
  source.createGroup();
  for await (const _ of readGroups(source)) break;
  expect(source.readers).toBe(0);
  const groups = readGroups(source);
  await groups.next();
  source.createGroup();
  source.abort(new LiteError(LiteErrorCode.old, "gone"));
  expect((await groups.next()).value).toMatchObject({ sequence: 1 });
  await expect(groups.next()).rejects.toMatchObject({ code: "old" });
});
