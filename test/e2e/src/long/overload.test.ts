import { setTimeout as sleep } from "node:timers/promises";
import { SpawnedImpairment } from "@moqscope/impairment";
import { defaultLimits } from "@moqscope/lite";
import { quicAvailable } from "@moqscope/quic";
import { createRelay, type Relay } from "@moqscope/relay";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PacedPublisher, QuicViewer } from "../support/quic-fleet.ts";

const addon = quicAvailable();
if (!addon.available) process.stderr.write(`overload over QUIC is not shown: ${addon.reason}\n`);

const budget = defaultLimits.sessionBufferedBytes;
const groupBytes = 100_000;
const loopback = { host: "127.0.0.1", port: 0 };

describe.skipIf(!addon.available)("a link that carries less than the media", () => {
  let recorder: MemoryRecorder;
  let relay: Relay;
  let publisher: PacedPublisher;
  let network: SpawnedImpairment;
  beforeEach(async () => {
    recorder = memoryRecorder();
    relay = await createRelay({ listen: loopback, adminListen: false, webTransport: "quic", tls: { generate: ["localhost"] }, recorder });
    publisher = await PacedPublisher.start(relay.url);
    network = await SpawnedImpairment.start({ to: { ...loopback, port: Number(new URL(relay.url).port) }, udp: loopback });
  });
  afterEach(async () => {
    publisher?.close();
    await network?.close();
    await relay?.close();
  });

  it("is sent the newest group first; the old ones are reset with their reason, and every one of them is counted", async () => {
    const maxLatencyMs = 1000;
    const framesPerGroup = 10;
    const viewer = await QuicViewer.start(network.port, { maxLatencyMs });
    await network.set({ rateBps: 640_000, queueBytes: 16 * 1024, delayMs: 20 }, { direction: "down" });
    await publisher.subscribed();
    // Twice what the link carries, for ten seconds: sent in order, the last frames would be five seconds late.
    publisher.pace(50, 8000, framesPerGroup);
    await sleep(10_000);
    publisher.stop();
    const { made } = publisher;
    // What may still come has its time; then the rest is reset and counted.
    await sleep(maxLatencyMs + 2500);
    const firsts = viewer.seen.filter(({ index }) => index === 0);
    const ages = firsts.map(({ ageMs }) => Math.round(ageMs));
    const counted = (reason: string) => recorder.value("moq.relay.groups_dropped", { reason }) ?? 0;
    const reasons = { expired: counted("expired"), backpressure: counted("backpressure"), priority: counted("priority") };
    process.stderr.write(
      `made ${made}, begun ${firsts.length}, whole ${viewer.whole.size}, reset ${viewer.aborted.length}, ${JSON.stringify(reasons)}, first frames after ${ages.join(" ")} ms\n`,
    );
    expect(made).toBeGreaterThan(15);
    expect((await network.counters()).udp.down.overflowed, "the link is overfilled").toBeGreaterThan(0);
    // Newest first: each group begins to arrive while it is the newest, the last one no later than the first ones.
    const order = firsts.map(({ sequence }) => sequence);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order.length).toBeGreaterThanOrEqual(made - 2);
    expect(Math.max(...ages)).toBeLessThan(framesPerGroup * 50 + 500);
    // Each group that did not come whole was given up once, for that reason, and the viewer was told.
    const late = [...Array(made).keys()].filter((sequence) => !viewer.whole.has(sequence));
    expect(late.length).toBeGreaterThan(5);
    expect(viewer.aborted.filter(({ code }) => code === undefined)).toEqual([]);
    expect(reasons.expired).toBeGreaterThanOrEqual(late.length);
    // The one that was being made at the end has no last frame, and is given up with the others.
    expect(reasons.expired).toBeLessThanOrEqual(late.length + 1);
    expect([reasons.backpressure, reasons.priority]).toEqual([0, 0]);
    viewer.close();
  });

  it("holds no more than its budget for each viewer who takes nothing any more", async () => {
    const stalled = 4;
    const viewers = await Promise.all(Array.from({ length: stalled }, () => QuicViewer.start(network.port, { maxLatencyMs: 60_000 })));
    await publisher.subscribed();
    publisher.pace(20, groupBytes);
    await sleep(1000);
    const rssBefore = process.memoryUsage.rss();
    // Whole at the relay: what a busy machine keeps on the way there is no viewer's.
    const arrived = () => recorder.value("moq.relay.groups_received") ?? 0;
    const before = arrived();
    await network.set({ blackhole: true });
    let most = 0;
    let mostRss = 0;
    const begin = performance.now();
    // 40 MB for each viewer, were nothing given up; a session that hears nothing ends after 30 s.
    while (arrived() - before < 400 && performance.now() - begin < 25_000) {
      await sleep(50);
      most = Math.max(most, recorder.value("moq.relay.send_buffer") ?? 0);
      mostRss = Math.max(mostRss, process.memoryUsage.rss());
    }
    const made = arrived() - before;
    const given = (reason: string) => recorder.value("moq.relay.groups_dropped", { reason }) ?? 0;
    const [backpressure, expired] = [given("backpressure"), given("expired")];
    process.stderr.write(
      `${made} groups to ${stalled} stalled viewers: ${(most / stalled / 2 ** 20).toFixed(1)} MiB each, ${backpressure} given up for want of room and ${expired} for age, process grew by ${((mostRss - rssBefore) / 2 ** 20).toFixed(0)} MiB\n`,
    );
    expect(made * groupBytes, "far more is made than may wait").toBeGreaterThan(2 * budget);
    expect(most / stalled, "what may wait does").toBeGreaterThan(0.5 * budget);
    expect(most / stalled).toBeLessThanOrEqual(budget + groupBytes);
    // What neither waits nor is in the QUIC stack (at most as much again) was given up and counted.
    expect(backpressure + expired).toBeGreaterThanOrEqual(stalled * (made - (2 * budget) / groupBytes));
    for (const viewer of viewers) viewer.close();
  });
});
