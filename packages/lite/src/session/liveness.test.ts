import { afterEach, describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { Track } from "../model/track.ts";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { closeAll, closeLater, collect, path } from "../testing/fixtures/session-pair.ts";
import { type MemorySocket, memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { TransportClosed } from "../transport/transport.ts";
import type { Session } from "./session.ts";
import { startSession } from "./start.ts";

afterEach(closeAll);

interface Watched {
  readonly clock: FakeClock;
  readonly video: Track;
  readonly session: Session;
  readonly near: MemorySocket;
  readonly far: MemorySocket;
  /** How it ended, and when. */
  readonly ended: { closed?: TransportClosed; atMs?: number };
}
/** A subscriber that watches for silence; nothing else of the link notices it, as in a browser. */
async function watch(protocol = "moq-lite-05", reads = true): Promise<Watched> {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  const origin = new Origin(7n);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", clock });
  broadcast.add(video);
  origin.publish(path, broadcast);
  const link = { protocol, clock, framing: "qmux-00" };
  closeLater(startSession(memoryTransport("server", far, link), { role: "server", publish: origin, clock }));
  const session = startSession(memoryTransport("client", near, link), { role: "client", clock, watchesSilence: true });
  closeLater(session);
  const ended: Watched["ended"] = {};
  void session.closed.then((closed) => Object.assign(ended, { closed, atMs: clock.now() }));
  await session.ready;
  if (reads) (await session.broadcast(path).track("video")).attach(collect());
  await settle();
  return { clock, video, session, near, far, ended };
}
/** 25 groups a second. */
async function play({ clock, video }: Watched, forMs: number): Promise<void> {
  for (let at = 0; at < forMs; at += 40) {
    const group = video.createGroup();
    group.append({ timestamp: clock.now(), payload: new Uint8Array(1000) });
    group.finish();
    await clock.advance(40);
  }
}
/** Nothing passes any more, either way, and nobody is told. */
function blackHole({ near, far }: Watched): void {
  near.blocked = far.blocked = true;
}

describe.each(["moq-lite-05", "moql"])("with %s", (protocol) => {
  test("a peer that falls silent in mid-play is given up within 2 s", async () => {
    const watched = await watch(protocol);
    await play(watched, 3000);
    blackHole(watched);
    const sinceMs = watched.clock.now();
    await play(watched, 3000);
    expect(watched.ended.closed).toMatchObject({ by: "local", code: 3, reason: expect.stringContaining("nothing received for") });
    expect((watched.ended.atMs ?? 0) - sinceMs).toBeLessThan(2000);
    expect((watched.ended.atMs ?? 0) - sinceMs).toBeGreaterThan(1500);
  });
  test("a broadcast that is quiet for a minute is kept, for one question in 5 s", async () => {
    const watched = await watch(protocol);
    await play(watched, 1000);
    watched.near.sent = [];
    await watched.clock.advance(60_000);
    expect(watched.ended.closed).toBeUndefined();
    // 500, 1000, 2000 and 4000 ms of silence, then 5 s each: 15 questions of a handful of messages (open, ask, stop, reset).
    expect(watched.near.sent.length).toBeGreaterThan(14);
    expect(watched.near.sent.length).toBeLessThan(16 * 5);
  });
});

test("with moq-lite-04 a peer that measures nothing is asked what it measures, and its refusal is the answer", async () => {
  const watched = await watch("moq-lite-04");
  await play(watched, 3000);
  await watched.clock.advance(10_000);
  expect(watched.ended.closed).toBeUndefined();
  blackHole(watched);
  await watched.clock.advance(8000);
  expect(watched.ended.closed).toMatchObject({ by: "local", code: 3 });
});
test("nothing is asked and nothing judged while nothing is subscribed", async () => {
  const watched = await watch("moq-lite-05", false);
  watched.near.sent = [];
  blackHole(watched);
  await watched.clock.advance(25_000);
  expect(watched.near.sent).toEqual([]);
  expect(watched.ended.closed).toBeUndefined();
});
test("a peer that never answered a question is never given up", async () => {
  const clock = new FakeClock();
  const peer = new RawPeer({ framing: "qmux-00", protocol: "moql", clock });
  const session = startSession(peer.transport, { role: "server", clock, watchesSilence: true });
  closeLater(session);
  let over = false;
  void session.closed.then(() => {
    over = true;
  });
  peer.hello();
  // Legacy SETUP: from here on it only listens.
  peer.stream(0, "20 0031 03 c0000000ff0dad02 c0000000ff0dad01 c0000000ff00000e 03 02 8000a455 80040b5a 01 07 0b 6d6f712d6c6974652d6a73");
  await session.ready;
  (await session.broadcast(path).track("video")).attach(collect());
  await clock.advance(20_000);
  expect(over).toBe(false);
});
test("a link whose answers take 800 ms is not given up", async () => {
  const watched = await watch();
  const { near, far, clock } = watched;
  await play(watched, 200);
  for (let round = 0; round < 20; round++) {
    near.blocked = far.blocked = true;
    await clock.advance(800);
    near.unblock();
    far.unblock();
    await settle();
  }
  expect(watched.ended.closed).toBeUndefined();
});
test("a page that was held up does not judge by the time that it missed", async () => {
  const watched = await watch();
  await play(watched, 2000);
  const { clock } = watched;
  // Doubt has begun when the timers stop; the network is back a while after they run again.
  blackHole(watched);
  await clock.advance(900);
  const now = clock.now.bind(clock);
  clock.now = () => now() + 20_000;
  await clock.advance(400);
  watched.near.unblock();
  watched.far.unblock();
  await clock.advance(5000);
  expect(watched.ended.closed).toBeUndefined();
});
