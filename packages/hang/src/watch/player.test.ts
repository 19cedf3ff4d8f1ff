import { expect, it } from "vitest";
import { FakeBroadcaster, frameMs, type PlayerRig, playerRig } from "../testing/fakes.ts";
import { HeldBroadcast } from "../testing/held-broadcast.ts";
import { startupPhases } from "./timing/startup.ts";

type Rig = PlayerRig;
/** A player that plays, and its broadcaster. */
async function playing(rig: Rig = playerRig()): Promise<Rig & { readonly source: FakeBroadcaster }> {
  const source = new FakeBroadcaster(rig.clock);
  await rig.clock.advance(410);
  rig.player.play();
  await rig.clock.advance(30);
  rig.link.connect();
  await rig.clock.advance(20);
  rig.link.online(source.broadcast);
  await rig.clock.advance(1000);
  return { ...rig, source };
}
const stateNames = (rig: Rig) => rig.events.flatMap((event) => (event.kind === "state" ? [event.state] : []));
const near = (value: number | undefined, wanted: number, within: number) => {
  expect(value).toBeGreaterThanOrEqual(wanted - within);
  expect(value).toBeLessThanOrEqual(wanted + within);
};

it("plays at the target latency: every picture of 25 a second, 200 ms behind the newest frame", async () => {
  const rig = await playing();
  expect(rig.player.state).toBe("playing");
  const before = rig.painted.length;
  await rig.clock.advance(4000);
  expect(rig.painted.length - before).toBe(100);
  near(rig.player.stats().liveEdgeMs, 200, frameMs);
  expect(rig.player.stats().stalls.count).toBe(0);
  rig.player.close();
});
it("measures one start whose phases sum to it, and records them and the spans once", async () => {
  const rig = await playing();
  await rig.clock.advance(3000);
  const { startupMs, phases } = rig.player.stats();
  expect(Object.values(phases ?? {}).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(startupMs ?? -1, 6);
  near(startupMs, 50, 12);
  expect(phases?.connect).toBe(30);
  expect(phases?.announce).toBe(20);
  rig.player.pause();
  await rig.clock.advance(500);
  rig.player.play();
  await rig.clock.advance(2000);
  expect(rig.recorder.value("moq.client.play_attempts")).toBe(1);
  expect(rig.recorder.histogramOf("moq.client.startup_time", { transport: "websocket" })).toEqual({
    count: 1,
    sum: (startupMs ?? 0) / 1000,
  });
  expect(rig.recorder.histogramOf("moq.client.startup_phase")?.count).toBe(8);
  const root = rig.recorder.spans.find(({ name }) => name === "moq.session.start");
  const parts = rig.recorder.spans.filter(({ name }) => name.startsWith("moq.startup."));
  expect(parts.map(({ name }) => name)).toEqual(startupPhases.map((phase) => `moq.startup.${phase}`));
  expect(parts.every(({ parent }) => parent?.spanId === root?.context.spanId)).toBe(true);
  for (const [index, part] of parts.entries()) expect(part.endMs).toBeCloseTo(parts[index + 1]?.startMs ?? root?.endMs ?? 0, 3);
  const connect = rig.recorder.spans.filter(({ name }) => name === "moq.connect");
  expect(connect).toMatchObject([
    { parent: { spanId: root?.context.spanId }, attributes: { "moq.resolve_s": 0.001, "moq.certificate_s": 0.007 } },
  ]);
  rig.player.close();
});
it.each([
  ["media time goes on", true],
  ["media time stands still", false],
])("counts a publisher's silence of 1.5 s as exactly one stall of that length (%s)", async (_, live) => {
  const rig = await playing();
  await rig.clock.advance(2000);
  rig.source.pause(1500, live);
  await rig.clock.advance(5000);
  const { count, seconds } = rig.player.stats().stalls;
  expect(count).toBe(1);
  near(seconds * 1000, 1500, 50);
  expect(rig.recorder.value("moq.client.rebuffer_count")).toBe(1);
  near(rig.recorder.value("moq.client.rebuffer_time"), 1.5, 0.05);
  near(rig.recorder.histogramOf("moq.client.rebuffer_duration")?.sum, 1.5, 0.05);
  expect(rig.player.state).toBe("playing");
  near(rig.player.stats().liveEdgeMs, 200, frameMs);
  near((rig.recorder.value("moq.client.play_time") ?? 0) + seconds, 7.95, 0.06);
  rig.player.close();
});
it("does not count a delay that the buffer covers, nor one shorter than 100 ms", async () => {
  const rig = await playing();
  await rig.clock.advance(2000);
  rig.source.pause(150, true);
  await rig.clock.advance(3000);
  expect(rig.player.stats().stalls).toEqual({ count: 0, seconds: 0 });
  rig.player.close();
});
it("makes an endless stall visible while it lasts and closes it with the session", async () => {
  const rig = await playing();
  rig.source.stop();
  await rig.clock.advance(60_000);
  expect(rig.player.state).toBe("rebuffering");
  expect(rig.recorder.value("moq.client.rebuffer_count")).toBe(1);
  expect(rig.recorder.value("moq.client.rebuffer_time")).toBeGreaterThan(55);
  expect(rig.recorder.value("moq.client.rebuffer_time", { cause: "publisher" })).toBeGreaterThan(50);
  expect(rig.recorder.histogramOf("moq.client.rebuffer_duration")).toBeUndefined();
  rig.player.close();
  expect(rig.recorder.histogramOf("moq.client.rebuffer_duration")?.count).toBe(1);
});
it("switches at a group boundary without a gap or a repeated picture, and counts it once", async () => {
  const rig = await playing();
  await rig.clock.advance(1300);
  rig.player.rendition = "hd";
  await rig.clock.advance(4000);
  const at = rig.painted.findIndex(({ id }) => id === 2);
  expect(rig.painted[at]?.timestampUs).toSatisfy((us: number) => us % 1_000_000 === 0);
  expect(rig.painted.slice(at).every(({ id }) => id === 2)).toBe(true);
  for (const [index, { timestampUs }] of rig.painted.entries())
    if (index > 0) expect(timestampUs - (rig.painted[index - 1]?.timestampUs ?? 0)).toBe(frameMs * 1000);
  expect(rig.recorder.value("moq.client.quality_switches")).toBe(1);
  expect(rig.recorder.value("moq.client.quality_switches", { direction: "up", trigger: "user" })).toBe(1);
  expect(rig.player.stats().stalls.count).toBe(0);
  rig.player.rendition = "sd";
  await rig.clock.advance(3000);
  expect(rig.recorder.value("moq.client.quality_switches", { direction: "down" })).toBe(1);
  rig.player.close();
});
it("counts no switch for the first rendition, a pause, a hidden tab or a new connection", async () => {
  const rig = await playing();
  rig.player.pause();
  await rig.clock.advance(1000);
  rig.player.play();
  await rig.clock.advance(2000);
  rig.hide(true);
  await rig.clock.advance(3000);
  rig.hide(false);
  await rig.clock.advance(2000);
  rig.link.events?.lost(new Error("gone"), 1000);
  await rig.clock.advance(1000);
  rig.link.connect();
  rig.link.online(rig.source.broadcast);
  await rig.clock.advance(2000);
  expect(rig.player.state).toBe("playing");
  expect(rig.recorder.value("moq.client.quality_switches")).toBeUndefined();
  expect(rig.recorder.value("moq.client.play_attempts")).toBe(1);
  rig.player.close();
});
it("waits for an offline broadcast without counting the wait as startup", async () => {
  const rig = playerRig();
  rig.player.play();
  await rig.clock.advance(40);
  rig.link.connect();
  await rig.clock.advance(60_000);
  expect(rig.player.state).toBe("waiting");
  const source = new FakeBroadcaster(rig.clock);
  rig.link.online(source.broadcast);
  await rig.clock.advance(2000);
  expect(rig.player.state).toBe("playing");
  const { startupMs, phases } = rig.player.stats();
  expect(phases?.announce).toBe(2000);
  expect(startupMs).toBeLessThan(3000);
  near(rig.recorder.value("moq.client.offline_wait_time"), 58, 0.01);
  rig.player.close();
});
it("counts an attempt that was hidden, and not its startup time", async () => {
  const rig = playerRig();
  const source = new FakeBroadcaster(rig.clock);
  rig.player.play();
  rig.link.connect();
  rig.hide(true);
  await rig.clock.advance(500);
  rig.hide(false);
  rig.link.online(source.broadcast);
  await rig.clock.advance(1500);
  expect(rig.recorder.value("moq.client.play_attempts", { outcome: "started" })).toBe(1);
  expect(rig.recorder.histogramOf("moq.client.startup_time")).toBeUndefined();
  expect(rig.player.stats().startupMs).toBeUndefined();
  rig.player.close();
});
it("suspends the stall rule and the picture's transfer while hidden", async () => {
  const rig = await playing();
  rig.hide(true);
  await rig.clock.advance(100);
  const { received } = rig.player.stats().frames.video;
  const played = rig.player.stats().playSeconds;
  await rig.clock.advance(5000);
  expect(rig.player.stats().frames.video.received).toBe(received);
  expect(rig.player.stats().playSeconds).toBe(played);
  expect(rig.player.stats().stalls.count).toBe(0);
  expect(rig.player.stats().frames.video.dropped.hidden).toBeGreaterThan(0);
  rig.player.close();
});
it("says why it cannot play: nothing decodable, no relay for 40 s", async () => {
  const undecodable = playerRig();
  undecodable.platform.refuse = () => true;
  const source = new FakeBroadcaster(undecodable.clock);
  undecodable.player.play();
  undecodable.link.connect();
  undecodable.link.online(source.broadcast);
  await undecodable.clock.advance(100);
  expect(undecodable.player.state).toBe("failed");
  expect(undecodable.recorder.value("moq.client.play_attempts", { outcome: "failed" })).toBe(1);
  expect(undecodable.recorder.value("moq.client.errors", { "error.type": "codec_unsupported", fatal: "true" })).toBe(1);
  expect(undecodable.recorder.value("moq.client.sessions_ended", { reason: "fatal" })).toBe(1);

  const unreachable = playerRig();
  unreachable.player.play();
  await unreachable.clock.advance(39_000);
  expect(unreachable.player.state).toBe("starting");
  await unreachable.clock.advance(2500);
  expect(unreachable.player.state).toBe("failed");
  expect(unreachable.link.closed).toBe(1);
});
it("ends when every track is complete and played out", async () => {
  const rig = await playing();
  rig.source.stop();
  await rig.clock.advance(50);
  rig.source.publisher.close();
  await rig.clock.advance(1000);
  expect(rig.player.state).toBe("ended");
  expect(stateNames(rig)).not.toContain("rebuffering");
  rig.player.close();
  expect(rig.recorder.value("moq.client.sessions_ended", { reason: "eos" })).toBe(1);
});
it("accounts for every frame and group, and lets go of everything when closed, twice and while busy", async () => {
  const rig = await playing();
  await rig.clock.advance(2600);
  rig.player.rendition = "hd";
  await rig.clock.advance(300);
  rig.player.close();
  rig.player.close();
  const { frames, groups } = rig.player.stats();
  const { received, decoded, rendered, dropped } = frames.video;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(rendered + lost).toBe(received);
  expect(rendered).toBeLessThanOrEqual(decoded);
  expect(Object.values(groups.video).reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(rig.platform.open).toBe(0);
  expect(rig.platform.pictures.size).toBe(0);
  expect(rig.link.closed).toBe(1);
  for (const name of ["sd", "hd", "catalog.json"]) expect((await rig.source.broadcast.track(name)).readers).toBe(0);
  rig.source.stop();
  await rig.clock.advance(1000);
  expect(rig.clock.pending).toBe(0);
  expect(rig.recorder.value("moq.client.sessions_ended")).toBe(1);
});
it("counts an attempt that its viewer left as exited", async () => {
  const rig = playerRig();
  rig.player.play();
  await rig.clock.advance(700);
  rig.player.close();
  expect(rig.recorder.value("moq.client.play_attempts", { outcome: "exited" })).toBe(1);
  expect(rig.recorder.histogramOf("moq.client.startup_time")).toBeUndefined();
});
it("catches up after the network held everything back: shows the newest group and counts what was passed over", async () => {
  const rig = playerRig();
  const source = new FakeBroadcaster(rig.clock);
  const network = await HeldBroadcast.of(source.broadcast, ["catalog.json", "sd", "hd"]);
  rig.player.play();
  rig.link.connect();
  rig.link.online(network.broadcast);
  await rig.clock.advance(2000);
  network.hold();
  await rig.clock.advance(4000);
  network.release();
  await rig.clock.advance(1000);
  const { groups, frames, stalls, liveEdgeMs } = rig.player.stats();
  expect(groups.video.skipped).toBeGreaterThanOrEqual(2);
  expect(frames.video.dropped.resync).toBeGreaterThan(60);
  near(liveEdgeMs, 200, frameMs);
  expect(stalls.count).toBe(1);
  near(stalls.seconds, 3.8, 0.1);
  rig.player.close();
});
it("samples each known round trip and the bandwidth every ten seconds, by source, and nothing that is not known or 0", async () => {
  const rig = await playing();
  await rig.clock.advance(12_000);
  for (const name of ["moq.client.rtt", "moq.client.bandwidth_estimate"] as const) expect(rig.recorder.histogramOf(name)).toBeUndefined();
  expect(rig.player.stats()).not.toHaveProperty("rtt");
  rig.link.estimate = { rttMs: 40, bitrate: 2_500_000 };
  rig.link.stats = { rtt: { ms: 0, source: "getstats" } };
  await rig.clock.advance(10_000);
  rig.link.stats = { rtt: { ms: 30, source: "getstats" } };
  await rig.clock.advance(10_000);
  const rtt = (source: string) => rig.recorder.histogramOf("moq.client.rtt", { source, transport: "websocket" });
  expect(rtt("probe")).toEqual({ count: 2, sum: 0.08 });
  expect(rtt("getstats")).toEqual({ count: 1, sum: 0.03 });
  expect(rig.recorder.histogramOf("moq.client.bandwidth_estimate", { transport: "websocket" })).toEqual({ count: 2, sum: 5_000_000 });
  expect(rig.player.stats()).toMatchObject({ rtt: { ms: 30, source: "getstats" }, bandwidthBps: 2_500_000 });
  rig.player.close();
});
it("tells which transport it has and why, and counts the one that failed beside the one that came up", async () => {
  const rig = playerRig();
  rig.player.play();
  await rig.clock.advance(10);
  expect(rig.player.stats()).not.toHaveProperty("transportChoice");
  const choice = { kind: "websocket", reason: "webtransport_failed", detail: "no answer within 3000 ms" } as const;
  rig.link.events?.connecting(0);
  rig.link.events?.attempted({ transport: "webtransport", result: "timeout", elapsedMs: 3_000 });
  rig.link.events?.attempted({ transport: "websocket", result: "ok", elapsedMs: 9 });
  rig.link.events?.chosen(choice);
  rig.link.events?.connected(rig.link.session);
  expect(rig.player.stats()).toMatchObject({ transport: "websocket", transportChoice: choice });
  expect(rig.events.filter(({ kind }) => kind === "transport")).toEqual([{ kind: "transport", choice }]);
  expect(rig.recorder.value("moq.client.connections", { transport: "webtransport", result: "timeout" })).toBe(1);
  expect(rig.recorder.value("moq.client.connections", { transport: "websocket", result: "ok" })).toBe(1);
  expect(rig.recorder.value("moq.client.connections")).toBe(2);
  rig.player.close();
});
