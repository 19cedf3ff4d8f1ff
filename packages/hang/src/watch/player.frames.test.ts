import { expect, test } from "vitest";
import { FakeBroadcaster, fakeSound, frameMs, type PlayerRig, playerRig } from "../testing/fakes.ts";
import type { PlayerOptions } from "./options.ts";

async function playing(options: Partial<PlayerOptions> = {}, sound = false): Promise<PlayerRig & { readonly source: FakeBroadcaster }> {
  const rig = playerRig(options);
  const source = new FakeBroadcaster(rig.clock, { sound });
  await rig.clock.advance(410);
  rig.player.play();
  rig.link.connect();
  rig.link.online(source.broadcast);
  await rig.clock.advance(1000);
  return { ...rig, source };
}
const gapsOf = ({ painted }: PlayerRig): number[] => painted.slice(1).map(({ atMs }, index) => atMs - (painted[index]?.atMs ?? 0));
const seconds = (gapsMs: readonly number[]): number => gapsMs.reduce((sum, ms) => sum + ms, 0) / 1000;

test("the interval of frames is that of the painted pictures, and none is a freeze while they come in turn", async () => {
  const rig = await playing();
  await rig.clock.advance(10_000);
  const gaps = gapsOf(rig);
  const { count, sum } = rig.recorder.histogramOf("moq.client.frame_interval", { codec: "vp8" }) ?? {};
  expect(count).toBe(gaps.length);
  expect(sum).toBeCloseTo(seconds(gaps), 6);
  expect(rig.recorder.value("moq.client.freezes")).toBe(0);
  rig.player.close();
});
test("a stall is one freeze of the gap in the picture, and no interval of frames", async () => {
  const rig = await playing();
  await rig.clock.advance(2000);
  rig.source.pause(1500, true);
  await rig.clock.advance(5000);
  const gaps = gapsOf(rig);
  const long = gaps.filter((ms) => ms > 190);
  expect(long).toHaveLength(1);
  expect(rig.recorder.value("moq.client.freezes")).toBe(1);
  expect(rig.recorder.value("moq.client.freeze_time")).toBeCloseTo(seconds(long), 6);
  expect(rig.recorder.histogramOf("moq.client.frame_interval")?.count).toBe(gaps.length - 1);
  expect(rig.player.stats().freezes).toEqual({ count: 1, seconds: seconds(long) });
  rig.player.close();
});
test("neither a pause nor a hidden page is a freeze", async () => {
  const rig = await playing();
  await rig.clock.advance(2000);
  rig.player.pause();
  await rig.clock.advance(3000);
  rig.player.play();
  await rig.clock.advance(2000);
  rig.hide(true);
  await rig.clock.advance(3000);
  rig.hide(false);
  await rig.clock.advance(3000);
  expect(gapsOf(rig).filter((ms) => ms > 1000)).toHaveLength(2);
  expect(rig.recorder.value("moq.client.freezes")).toBe(0);
  expect(rig.recorder.histogramOf("moq.client.frame_interval")?.sum).toBeLessThan(10);
  rig.player.close();
});
const nothing = { count: 0, sum: 0 };
test("decoding takes what the decoder takes", async () => {
  const rig = await playing();
  rig.platform.deliver = (run) => void rig.clock.after(7, run);
  const decoding = () => rig.recorder.histogramOf("moq.client.decode_time", { codec: "vp8" }) ?? nothing;
  const before = decoding();
  await rig.clock.advance(10_000);
  const frames = decoding().count - before.count;
  expect(frames).toBeGreaterThan(240);
  expect(decoding().sum - before.sum).toBeCloseTo(frames * 0.007, 6);
  expect(rig.recorder.histogramOf("moq.client.decode_queue", { media: "video" })?.count).toBeGreaterThanOrEqual(10);
  rig.player.close();
});
test("groups of a second are delivered in a second, with a keyframe each", async () => {
  const rig = await playing();
  await rig.clock.advance(10_000);
  const delivered = rig.recorder.histogramOf("moq.client.group_delivery", { media: "video" }) ?? nothing;
  expect(delivered.count).toBeGreaterThanOrEqual(9);
  expect(delivered.sum / delivered.count).toBeCloseTo(1, 6);
  const keyframes = rig.recorder.histogramOf("moq.client.keyframe_interval") ?? nothing;
  expect(keyframes.count).toBeGreaterThanOrEqual(9);
  expect(keyframes.sum).toBe(keyframes.count);
  rig.player.close();
});
test("the distance from the latency that is aimed at is at most a frame, once a second", async () => {
  const rig = await playing();
  await rig.clock.advance(10_000);
  const both = ["above", "below"].map((sign) => rig.recorder.histogramOf("moq.client.latency_target_error", { sign: sign as "above" }));
  const count = both.reduce((sum, one) => sum + (one?.count ?? 0), 0);
  expect(count).toBe(rig.recorder.histogramOf("moq.client.live_edge_offset")?.count);
  for (const one of both) if (one) expect(one.sum / one.count).toBeLessThanOrEqual(frameMs / 1000);
  rig.player.close();
});
test.each([
  ["audio_ahead", 60],
  ["video_ahead", -90],
] as const)("sound that is heard away from the picture is a drift with its sign: %s", async (sign, byMs) => {
  const state: { rig?: PlayerRig } = {};
  const heardUs = (): number | undefined => state.rig && (state.rig.painted.at(-1)?.timestampUs ?? 0) + byMs * 1000;
  const rig = await playing({ openSound: () => ({ ...fakeSound, heardUs }) }, true);
  state.rig = rig;
  await rig.clock.advance(5000);
  const { count = 0, sum = 0 } = rig.recorder.histogramOf("moq.client.av_sync_drift", { sign }) ?? {};
  expect(count).toBeGreaterThanOrEqual(5);
  expect(sum / count).toBeCloseTo(Math.abs(byMs) / 1000, 6);
  rig.player.close();
});
test("silence for want of sound counts while it plays; that of a stall does not", async () => {
  let concealedMs = 0;
  const takeConcealedMs = (): number => {
    const taken = concealedMs;
    concealedMs = 0;
    return taken;
  };
  const rig = await playing({ openSound: () => ({ ...fakeSound, takeConcealedMs }) }, true);
  concealedMs = 250;
  await rig.clock.advance(2000);
  expect(rig.recorder.value("moq.client.audio_concealed_time")).toBe(0.25);
  rig.source.stop();
  await rig.clock.advance(3000);
  expect(rig.player.state).toBe("rebuffering");
  concealedMs = 1000;
  await rig.clock.advance(3000);
  expect(rig.recorder.value("moq.client.audio_concealed_time")).toBe(0.25);
  rig.player.close();
});
