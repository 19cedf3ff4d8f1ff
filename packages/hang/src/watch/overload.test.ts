import { expect, it } from "vitest";
import { FakeBroadcaster, type PlayerRig, playerRig } from "../testing/fakes.ts";

async function playing(): Promise<PlayerRig> {
  const rig = playerRig();
  const source = new FakeBroadcaster(rig.clock, { sound: true });
  await rig.clock.advance(400);
  rig.player.play();
  rig.link.connect();
  rig.link.online(source.broadcast);
  await rig.clock.advance(2000);
  return rig;
}
const lost = (rig: PlayerRig, media: "audio" | "video") =>
  Object.values(rig.player.stats().frames[media].dropped).reduce((sum, count) => sum + count, 0);

/** Pictures that come out of the decoder are held back for 400 ms every 2 s. */
async function stutter(rig: PlayerRig, forMs: number): Promise<void> {
  let held: (() => void)[] | undefined;
  rig.platform.deliver = (run) => {
    if (held) held.push(run);
    else queueMicrotask(run);
  };
  for (let at = 0; at < forMs; at += 2000) {
    held = [];
    await rig.clock.advance(400);
    const late: (() => void)[] = held;
    held = undefined;
    for (const run of late) run();
    await rig.clock.advance(1600);
  }
}

it("grows its latency after a stall that was the decoder's, stalls no more, and comes back when all is well", async () => {
  const rig = await playing();
  await stutter(rig, 30_000);
  const { stalls, latencyTargetMs, liveEdgeMs } = rig.player.stats();
  expect(stalls.count).toBeLessThanOrEqual(2);
  expect(latencyTargetMs).toBeGreaterThan(400);
  expect(latencyTargetMs).toBeLessThanOrEqual(1000);
  expect(liveEdgeMs).toBeGreaterThan(350);
  expect(rig.player.latencyMs).toBe(200);
  const rendered = () => rig.player.stats().frames.video.rendered;
  const before = rendered();
  await rig.clock.advance(60_000);
  expect(rig.player.stats().latencyTargetMs).toBe(200);
  expect(rig.player.stats().liveEdgeMs).toBeLessThan(250);
  expect(rendered() - before).toBeGreaterThan(1480);
  rig.player.close();
});
it("does not grow its latency for what the publisher held back", async () => {
  const rig = playerRig();
  const source = new FakeBroadcaster(rig.clock, { sound: true });
  rig.player.play();
  rig.link.connect();
  rig.link.online(source.broadcast);
  await rig.clock.advance(3000);
  source.pause(1500, true);
  await rig.clock.advance(4000);
  expect(rig.player.stats().stalls.count).toBe(1);
  expect(rig.player.stats().latencyTargetMs).toBe(200);
  rig.player.close();
});
it("lets sound go on, whole, while no picture comes out of the decoder", async () => {
  const rig = await playing();
  rig.platform.deliver = () => {};
  await rig.clock.advance(20_000);
  const { frames, groups } = rig.player.stats();
  expect(groups.video.skipped).toBeGreaterThan(10);
  expect(groups.audio).toMatchObject({ late: 0, skipped: 0, incomplete: 0, reset: 0, missing: 0 });
  expect(lost(rig, "audio")).toBe(0);
  expect(frames.audio.decoded).toBe(frames.audio.received);
  rig.player.close();
});
it("survives a main thread that is blocked for 300 ms again and again: no cascade, and sound that is in time is played", async () => {
  const rig = await playing();
  for (let gap = 0; gap < 40; gap++) {
    rig.clock.block(300);
    await rig.clock.advance(700);
  }
  const { frames, groups, stalls } = rig.player.stats();
  expect(stalls.count).toBeLessThanOrEqual(2);
  expect(lost(rig, "audio") / frames.audio.received).toBeLessThan(0.12);
  expect(groups.audio.missing).toBe(0);
  rig.player.close();
});
