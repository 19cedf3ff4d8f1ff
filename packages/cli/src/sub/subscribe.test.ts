import { HangPublisher, type MediaTrack } from "@moqscope/hang";
import { LiteError, LiteErrorCode, toPath } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { describe, expect, it } from "vitest";
import { drive, driveUntil } from "../testing/drive.ts";
import { memoryPeer } from "../testing/memory-link.ts";
import type { SubscribeState } from "./report.ts";
import { type SubscribeOptions, type Subscription, subscribe } from "./subscribe.ts";

const path = "show.hang";
const vp9 = { codec: "vp09.00.31.08", codedWidth: 640, codedHeight: 360 };
const opus = { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 };

/** A viewer on a clock of its own, at a peer in memory. */
function viewing(options: Partial<SubscribeOptions> = {}) {
  const clock = new FakeClock();
  const peer = memoryPeer(clock);
  const states: SubscribeState[] = [];
  const onState = (state: SubscribeState) => states.push(state);
  const subscription = subscribe({ url: "http://relay.test", broadcast: path, clock, connect: peer.connect, onState, ...options });
  return { clock, peer, states, subscription };
}
/** A broadcast with a large and a small rendition and sound. */
function show() {
  const publisher = new HangPublisher();
  const small = publisher.addVideo("video/360p", vp9);
  const large = publisher.addVideo("video/720p", { ...vp9, codedWidth: 1280, codedHeight: 720 });
  const sound = publisher.addAudio("audio/data", opus);
  return { publisher, small, large, sound };
}
const payload = new Uint8Array(100);
/** One group of two frames; `at` is its second. */
function gop(track: MediaTrack, at: number): void {
  track.write({ timestampUs: at * 1_000_000, keyframe: true, payload });
  track.write({ timestampUs: at * 1_000_000 + 500_000, keyframe: false, payload });
}
const groups = (subscription: Subscription, name: string) => subscription.report().tracks.find((track) => track.name === name)?.groups;

describe("a viewer without a screen", () => {
  it("waits for a broadcast that is not there and says so, then reads the largest rendition and the sound until the end", async () => {
    const { clock, peer, states, subscription } = viewing();
    await clock.advance(3000);
    expect(states).toEqual(["waiting"]);
    const { publisher, large, sound } = show();
    const unpublish = peer.origin.publish(toPath(path), publisher.broadcast);
    await clock.advance(100);
    for (let at = 0; at < 3; at++) {
      gop(large, at);
      sound.write({ timestampUs: at * 20_000, keyframe: true, payload });
      await clock.advance(1000);
    }
    publisher.close();
    unpublish();
    const summary = await drive(clock, subscription.summary);
    expect(states).toEqual(["waiting", "starting", "receiving", "ended"]);
    expect(summary).toMatchObject({ type: "summary", reason: "ended", reconnects: 0, state: "ended" });
    expect(summary.startup.waitedMs).toBeGreaterThan(2000);
    expect(summary.startup.totalMs).toBeLessThan(1000);
    const reports = Object.fromEntries(summary.tracks.map((track) => [track.name, track]));
    expect(Object.keys(reports).sort()).toEqual(["audio/data", "video/720p"]);
    expect(reports["video/720p"]).toMatchObject({ frames: 6, groups: { complete: 3, open: 0, missing: 0 }, gaps: { count: 0 } });
    expect(reports["audio/data"]).toMatchObject({ frames: 3, groups: { complete: 3 } });
  });
  it("reads the rendition that was asked for, or exactly the tracks", async () => {
    for (const [options, names] of [
      [{ rendition: "video/360p" }, ["audio/data", "video/360p"]],
      [{ rendition: "none" }, ["audio/data"]],
      [{ tracks: ["video/360p"] }, ["video/360p"]],
    ] as const) {
      const { clock, peer, subscription } = viewing(options);
      const { publisher, small, large, sound } = show();
      peer.origin.publish(toPath(path), publisher.broadcast);
      await clock.advance(100);
      for (const track of [small, large]) gop(track, 0);
      sound.write({ timestampUs: 0, keyframe: true, payload });
      await clock.advance(100);
      const read = subscription.report().tracks.filter(({ frames }) => frames > 0);
      expect(read.map(({ name }) => name).sort()).toEqual(names);
      subscription.close();
      expect((await subscription.summary).reason).toBe("stopped");
    }
  });
  it("tells a group that the publisher cuts off, with the reason", async () => {
    const { clock, peer, subscription } = viewing();
    const { publisher, large } = show();
    peer.origin.publish(toPath(path), publisher.broadcast);
    await clock.advance(100);
    gop(large, 0);
    await clock.advance(100);
    large.track.latest?.abort(new LiteError(LiteErrorCode.old, "superseded"));
    gop(large, 1);
    await clock.advance(100);
    expect(groups(subscription, "video/720p")).toMatchObject({ reset: 1, open: 1, complete: 0 });
    const [track] = subscription.report().tracks.filter(({ name }) => name === "video/720p");
    expect(Object.values(track?.reasons ?? {})).toEqual([1]);
    subscription.close();
  });
  it("comes back after a lost connection and calls lost what was made meanwhile, and cut", async () => {
    const { clock, peer, states, subscription } = viewing();
    const { publisher, large } = show();
    peer.origin.publish(toPath(path), publisher.broadcast);
    await clock.advance(100);
    gop(large, 0);
    gop(large, 1);
    await clock.advance(100);
    peer.sessions[0]?.near.close(4, "cut");
    await clock.advance(10);
    expect(groups(subscription, "video/720p")).toMatchObject({ complete: 1, lost: 1, open: 0 });
    for (let at = 2; at < 5; at++) gop(large, at);
    await driveUntil(clock, () => subscription.report().reconnects === 1);
    await clock.advance(100);
    gop(large, 5);
    await clock.advance(100);
    expect(states).toEqual(["starting", "receiving", "reconnecting", "starting", "receiving"]);
    expect(groups(subscription, "video/720p")).toMatchObject({ complete: 2, lost: 3, open: 1, missing: 0 });
    expect(subscription.report().tracks.find(({ name }) => name === "video/720p")?.reasons).toEqual({ reconnect: 3 });
    subscription.close();
  });
  it("keeps the account when another publisher takes the broadcast over", async () => {
    const { clock, peer, subscription } = viewing({ tracks: ["video/720p"] });
    const before = show();
    const unpublish = peer.origin.publish(toPath(path), before.publisher.broadcast, { hops: [7n] });
    await clock.advance(100);
    for (let at = 0; at < 4; at++) gop(before.large, at);
    await clock.advance(100);
    unpublish();
    const after = show();
    peer.origin.publish(toPath(path), after.publisher.broadcast, { hops: [8n] });
    await clock.advance(100);
    for (let at = 0; at < 2; at++) gop(after.large, at);
    await clock.advance(100);
    expect(groups(subscription, "video/720p")).toMatchObject({ complete: 4, lost: 1, open: 1, missing: 0 });
    expect(subscription.report().tracks[0]).toMatchObject({ range: { first: 0, newest: 1 }, duplicates: 0 });
    subscription.close();
  });
  it("ends after its duration, with a report a second before", async () => {
    const { clock, peer, subscription } = viewing({ durationMs: 3000 });
    const { publisher, large } = show();
    peer.origin.publish(toPath(path), publisher.broadcast);
    const types: string[] = [];
    const reading = (async () => {
      for await (const { state, tracks } of subscription) types.push(`${state} ${tracks.length}`);
    })();
    await clock.advance(500);
    gop(large, 0);
    const summary = await drive(clock, subscription.summary);
    await reading;
    expect(summary).toMatchObject({ reason: "duration", elapsedMs: 3500 });
    expect(types).toEqual(["receiving 2", "receiving 2", "receiving 2"]);
  });
});
describe("failures", () => {
  it.each([
    [{ timeoutMs: 2000 }, 'no broadcast "show.hang" at http://relay.test within 2 s', "timeout"],
    [{ connect: () => Promise.reject(new Error("refused")) }, "no relay at http://relay.test within 10 s: refused", "unreachable"],
  ] as const)("gives up with one line: %j", async (options, message, code) => {
    const { clock, subscription } = viewing(options);
    await expect(drive(clock, subscription.summary, 100)).rejects.toMatchObject({ code, message });
    const reading = (async () => {
      for await (const _ of subscription);
    })();
    await expect(reading).rejects.toMatchObject({ code });
  });
  it("names what there is when the rendition is not", async () => {
    const { clock, peer, subscription } = viewing({ rendition: "video/4k" });
    peer.origin.publish(toPath(path), show().publisher.broadcast);
    await expect(drive(clock, subscription.summary)).rejects.toMatchObject({
      code: "no_rendition",
      message: 'no rendition "video/4k" in the catalog; there is video/360p, video/720p',
    });
  });
});
