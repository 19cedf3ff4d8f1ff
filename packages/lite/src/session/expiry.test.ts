import { afterEach, describe, expect, test } from "vitest";
import { Group } from "../model/group.ts";
import { defaultTrackInfo, defaultWish, type TrackReading, type Wish } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { bytes, closeAll, collect, path, type SessionPair, setUp } from "../testing/fixtures/session-pair.ts";
import { Expiry } from "./expiry.ts";
import type { GroupSender } from "./group-sender.ts";

afterEach(closeAll);
type Stalled = SessionPair & { readonly reader: ReturnType<typeof collect>; readonly reading: TrackReading };
/** A subscriber whose link takes nothing, once its subscription stands. */
async function stalled(wish: Partial<Wish>, info = {}): Promise<Stalled> {
  const pair = setUp({}, { info: { ...defaultTrackInfo, maxLatencyMs: 60_000, ...info } });
  const reader = collect();
  const reading = (await pair.subscriber.broadcast(path).track("video")).attach(reader, { ...defaultWish, ...wish });
  await settle();
  pair.publisherSocket.blocked = true;
  return { ...pair, reader, reading };
}
function group({ video }: SessionPair, timestamp = 0): void {
  const made = video.createGroup();
  made.append({ timestamp, payload: bytes(100_000) });
  made.finish();
}
const expired = ({ sent }: SessionPair): number => sent.count("dropped expired");

describe("a group that was overtaken and is not delivered", () => {
  test("is given up when the subscriber's patience ends, though nothing newer comes, and the peer is told", async () => {
    const pair = await stalled({ maxLatencyMs: 300 });
    group(pair);
    await pair.clock.advance(10);
    group(pair);
    await pair.clock.advance(299);
    expect(expired(pair)).toBe(0);
    await pair.clock.advance(1);
    expect(expired(pair)).toBe(1);
    await pair.clock.advance(10_000);
    expect(expired(pair)).toBe(1);
    pair.publisherSocket.unblock();
    await settle();
    expect(pair.reader.lines).toContain("dropped 0-0 2");
    expect(pair.reader.groups.find(({ sequence }) => sequence === 1)?.state.kind).toBe("finished");
    expect(pair.sent.count("video group")).toBe(1);
  });
  test("is given up when its publisher keeps it no longer, whatever the patience", async () => {
    const pair = await stalled({ maxLatencyMs: 0 }, { maxLatencyMs: 2000 });
    group(pair);
    group(pair);
    await pair.clock.advance(1999);
    expect(expired(pair)).toBe(0);
    await pair.clock.advance(1);
    expect(expired(pair)).toBe(1);
  });
  test.each([
    ["the patience", { maxLatencyMs: 400 }, { maxLatencyMs: 900 }],
    ["the publisher's time", { maxLatencyMs: 900 }, { maxLatencyMs: 400 }],
  ])("goes by the shorter of the two: %s", async (_, wish, info) => {
    const pair = await stalled(wish, info);
    group(pair);
    group(pair);
    await pair.clock.advance(400);
    expect(expired(pair)).toBe(1);
  });
  test("stays where neither sets a limit: 0 is unset", async () => {
    const pair = await stalled({ maxLatencyMs: 0 }, { maxLatencyMs: 0 });
    group(pair);
    group(pair);
    await pair.clock.advance(20_000);
    expect(expired(pair)).toBe(0);
  });
  test("goes at once when an update makes the patience shorter, and stays when it is taken back", async () => {
    const pair = await stalled({ maxLatencyMs: 10_000 });
    group(pair);
    group(pair);
    await pair.clock.advance(600);
    pair.reading.update({ ...defaultWish, maxLatencyMs: 0 });
    await pair.clock.advance(10_000);
    expect(expired(pair)).toBe(0);
    pair.reading.update({ ...defaultWish, maxLatencyMs: 500 });
    await settle();
    expect(expired(pair)).toBe(1);
  });
  test("goes by its age against the latest also when the latest is long delivered", async () => {
    const pair = await stalled({ maxLatencyMs: 0 });
    pair.publisherSocket.unblock();
    pair.video.createGroup().append({ timestamp: 0, payload: bytes(10) });
    group(pair, 1001);
    await settle();
    expect(pair.sent.count("video group")).toBe(1);
    pair.reading.update({ ...defaultWish, maxLatencyMs: 1000 });
    await settle();
    expect(expired(pair)).toBe(1);
  });
});

test("the latest never goes by age", async () => {
  const pair = await stalled({ maxLatencyMs: 300 });
  group(pair);
  await pair.clock.advance(10_000);
  expect(expired(pair)).toBe(0);
});

test("what has stopped gives nothing up and leaves no timer", async () => {
  const clock = new FakeClock();
  const given: number[] = [];
  const senders = new Map<number, GroupSender>();
  const expiry = new Expiry({ clock, info: defaultTrackInfo, senders });
  for (const sequence of [0, 1]) {
    const group = new Group(sequence);
    const sender: Pick<GroupSender, "group" | "beganMs" | "overtakenMs" | "give"> = {
      group,
      beganMs: 0,
      overtakenMs: undefined,
      give: () => given.push(sequence),
    };
    senders.set(sequence, sender as GroupSender);
    expiry.began(sender as GroupSender);
  }
  expect(clock.pendingBackground).toBe(1);
  expiry.stop();
  expect(clock.pendingBackground).toBe(0);
  await clock.advance(10_000);
  expect(given).toEqual([]);
});
