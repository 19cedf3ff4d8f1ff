import { expect, test } from "vitest";
import { FakeBroadcaster, type PlayerRig, playerRig } from "../testing/fakes.ts";

const epochMs = 1_700_000_000_000;

interface Service {
  /** Of one way. */
  readonly delayMs: number;
  readonly errorMs?: number;
  /** The player's wall clock beside the true time: nothing may depend on it. */
  readonly wallOffMs?: number;
}
interface Playing {
  readonly rig: PlayerRig;
  readonly source: FakeBroadcaster;
  /** True capture to presentation of each painted picture, in milliseconds. */
  readonly truth: () => number[];
}
/** A player whose time service takes `delayMs` each way, and a publisher that knows its capture times within 10 ms. */
async function playing({ delayMs, errorMs = 0, wallOffMs = 0 }: Service, uncertaintyUs = 10_000): Promise<Playing> {
  const time: { rig?: PlayerRig } = {};
  const wait = (ms: number) => new Promise<void>((resolve) => void time.rig?.clock.after(ms, resolve));
  const rig = playerRig({
    timeUrl: "http://time.test",
    wallClock: () => epochMs + wallOffMs + (time.rig?.clock.now() ?? 0),
    askTime: async () => {
      await wait(delayMs);
      const nowMs = epochMs + rig.clock.now();
      await wait(delayMs);
      return { receivedMs: nowMs, sentMs: nowMs, errorMs };
    },
  });
  time.rig = rig;
  const source = new FakeBroadcaster(rig.clock);
  const startMs = rig.clock.now();
  source.publisher.captureClock = { epochUs: (epochMs + startMs) * 1000, uncertaintyUs };
  await rig.clock.advance(400);
  rig.player.play();
  rig.link.connect();
  rig.link.online(source.broadcast);
  await rig.clock.advance(5_000);
  return { rig, source, truth: () => rig.painted.map(({ atMs, timestampUs }) => atMs - startMs - timestampUs / 1000) };
}

test.each([0, 5_000, -5_000])(
  "latency is capture to paint within its stated uncertainty, with a wall clock that is %d ms off",
  async (wallOffMs) => {
    const { rig, truth } = await playing({ delayMs: 15, errorMs: 20, wallOffMs });
    await rig.clock.advance(10_000);
    const { latency } = rig.player.stats();
    expect(Math.abs((latency?.ms ?? Number.NaN) - (truth().at(-1) ?? 0))).toBeLessThanOrEqual(latency?.uncertaintyMs ?? 0);
    expect(latency?.uncertaintyMs).toBeGreaterThanOrEqual(15 + 20 + 10);
    expect(latency?.uncertaintyMs).toBeLessThan(15 + 20 + 10 + 3);
    const { count = 0, sum = 0 } = rig.recorder.histogramOf("moq.client.latency", { transport: "websocket" }) ?? {};
    expect(count).toBeGreaterThanOrEqual(13);
    const mean = truth().reduce((total, ms) => total + ms, 0) / truth().length;
    expect(Math.abs((sum / count) * 1000 - mean)).toBeLessThanOrEqual(latency?.uncertaintyMs ?? 0);
    expect(rig.recorder.histogramOf("moq.client.clock_uncertainty")).toMatchObject({ count: 1 });
    expect(rig.recorder.histogramOf("moq.client.clock_uncertainty")?.sum).toBeCloseTo(0.035, 6);
    rig.player.close();
  },
);
test("a latency that may be wrong by more than 250 ms is shown with that and not recorded", async () => {
  const { rig } = await playing({ delayMs: 15, errorMs: 20 }, 220_000);
  expect(rig.player.stats().latency?.uncertaintyMs).toBeGreaterThan(250);
  expect(rig.recorder.histogramOf("moq.client.latency")).toBeUndefined();
  rig.player.close();
});
test("a publisher that does not tell its capture times, or a player without a time service, has no latency", async () => {
  const { rig, source } = await playing({ delayMs: 5 });
  expect(rig.player.stats().latency).toBeDefined();
  source.publisher.captureClock = undefined;
  await rig.clock.advance(2_000);
  expect(rig.player.stats().latency).toBeUndefined();
  rig.player.close();
  const alone = playerRig();
  source.publisher.captureClock = { epochUs: epochMs * 1000, uncertaintyUs: 0 };
  alone.player.play();
  alone.link.connect();
  alone.link.online(source.broadcast);
  await alone.clock.advance(3_000);
  expect(alone.player.stats().latency).toBeUndefined();
  alone.player.close();
});
