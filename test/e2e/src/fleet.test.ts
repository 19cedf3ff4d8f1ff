import { type PublishSummary, publishFile } from "@moqscope/cli";
import { createImpairment, type Impairment } from "@moqscope/impairment";
import { connect, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { createRelay, type Relay } from "@moqscope/relay";
import type { MetricName } from "@moqscope/telemetry";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FleetViewer, MadeTrack } from "./support/fleet.ts";
import { eventually } from "./support/gateway.ts";

const broadcast = "fleet.hang";
const watched = ["video/720p", "audio/data"];
const [steadyCount, cutCount] = [40, 10];
const loopback = { host: "127.0.0.1", port: 0 };
/** What may be between the relay and a viewer when its connection is cut: written by the one, never read by the other. */
const inFlightBytes = 256 * 1024;

/** What the relay says is there now. */
const gauges = [
  "moq.relay.active_connections",
  "moq.relay.active_subscribers",
  "moq.relay.active_subscriptions",
  "moq.relay.active_streams",
  "moq.relay.upstream_subscriptions",
  "moq.relay.send_buffer",
  "moq.relay.broadcast.subscribers",
] as const satisfies readonly MetricName[];

describe("30 s of the sample to 50 viewers over WebSocket, 10 of them cut on the way", () => {
  const recorder: MemoryRecorder = memoryRecorder();
  const made = new Map<string, MadeTrack>();
  const steady: FleetViewer[] = [];
  const cut: FleetViewer[] = [];
  const networks: Impairment[] = [];
  let relay: Relay;
  let published: PublishSummary;
  let catalogBytes = 0;

  beforeAll(async () => {
    relay = await createRelay({ listen: loopback, adminListen: false, recorder });
    const to = { host: "127.0.0.1", port: Number(new URL(relay.url).port) };
    for (let n = 0; n < cutCount; n++) networks.push(await createImpairment({ to, tcp: loopback }));
    for (let n = 0; n < steadyCount; n++) steady.push(new FleetViewer({ url: relay.url, broadcast }));
    for (const { port } of networks) cut.push(new FleetViewer({ url: `http://127.0.0.1:${port}`, broadcast }));
    await eventually(
      async () => recorder.value("moq.relay.active_connections"),
      (count) => count === steadyCount + cutCount,
      20_000,
    );

    const publishing = publishFile({
      file: "sample",
      url: relay.url,
      broadcast,
      onStatus: (status) => {
        if (status.kind !== "opened") return;
        for (const name of watched) void MadeTrack.of(status.broadcast, name).then((track) => made.set(name, track));
      },
    });
    // One after another from the fifth second on; two of them hang for 3 s before they break.
    const cutting = (async () => {
      await seconds(5);
      for (const [at, network] of networks.entries()) {
        await seconds(1.5);
        if (at % 5 === 0) {
          network.set({ blackhole: true });
          await seconds(3);
        }
        network.reset();
        network.set({ blackhole: false });
      }
    })();
    catalogBytes = await within(30, readCatalogBytes(relay.url), () => "the catalog did not come");
    [published] = await within(90, Promise.all([publishing, cutting]), () => "the file was not published");
    const all = [...steady, ...cut];
    const over = new Set<FleetViewer>();
    const ends = all.map((viewer) => viewer.summary.then(() => over.add(viewer)));
    const left = () => all.filter((viewer) => !over.has(viewer)).map((viewer) => JSON.stringify(viewer.subscription.report()));
    await within(30, Promise.all(ends), () => `${left().length} viewers are not told of the end: ${left().join("\n")}`);
  }, 180_000);
  afterAll(async () => {
    for (const viewer of [...steady, ...cut]) viewer.subscription.close();
    await relay?.close();
    await Promise.all(networks.map((network) => network.close()));
  });

  it("publishes the whole file in groups of one second of video and one frame of audio", () => {
    const counts = Object.fromEntries(published.tracks.map(({ name, groups, frames }) => [name, [groups, frames]]));
    expect(counts).toEqual({ "video/720p": [30, 900], "video/360p": [30, 900], "audio/data": [1500, 1500] });
    for (const name of watched) {
      const { groups, frames, bytes } = track(name).from(0);
      expect(published.tracks.find((of) => of.name === name)).toEqual({ name, groups, frames, bytes });
    }
  });
  it("is told of a hole that nobody explains", () => {
    const viewer = steady[0];
    const audio = track("audio/data");
    const fates = viewer?.fates.get("audio/data");
    const fate = fates?.get(700);
    expect(fate).toEqual({ outcome: "complete" });
    fates?.delete(700);
    expect(viewer?.unaccounted(audio)).toEqual([700]);
    if (fate) fates?.set(700, fate);
  });
  it("delivers every group whole to each of the 40 that were not cut", async () => {
    for (const viewer of steady) {
      const summary = await viewer.summary;
      expect(summary).toMatchObject({ reason: "ended", reconnects: 0 });
      for (const report of summary.tracks) {
        const { groups, frames, bytes } = track(report.name).from(viewer.first(report.name) ?? 0);
        expect(report).toMatchObject({ frames, bytes, duplicates: 0, reasons: {}, gaps: { count: 0 } });
        expect(report.groups).toEqual({ open: 0, complete: groups, reset: 0, invalid: 0, skipped: 0, lost: 0, missing: 0 });
        expect(viewer.unaccounted(track(report.name))).toEqual([]);
        expect(track(report.name).groups.size - groups, "groups made before it asked").toBeLessThan(report.name === "audio/data" ? 250 : 6);
      }
    }
  });
  it("lets the 10 that were cut come back, with a reason for every group that they did not get", async () => {
    for (const [at, viewer] of cut.entries()) {
      const summary = await viewer.summary;
      expect(summary).toMatchObject({ reason: "ended", reconnects: 1 });
      expect(networks[at]?.counters().tcp.resets).toBe(1);
      expect(networks[at]?.counters().flows).toBeGreaterThanOrEqual(2);
      for (const report of summary.tracks) {
        expect(viewer.unaccounted(track(report.name))).toEqual([]);
        expect(report.groups).toMatchObject({ open: 0, missing: 0, invalid: 0 });
        const { open: _, complete, ...others } = report.groups;
        const notWhole = Object.values(others).reduce((sum, count) => sum + count, 0);
        expect(complete + notWhole).toBe(track(report.name).from(viewer.first(report.name) ?? 0).groups);
        expect(Object.values(report.reasons).reduce((sum, count) => sum + count, 0)).toBe(notWhole);
      }
      const audio = summary.tracks.find(({ name }) => name === "audio/data");
      expect(audio?.groups.lost, "a reconnect takes half a second at least").toBeGreaterThan(20);
    }
  });
  it("counts at the relay what the publisher sent: every group, frame and byte", () => {
    const sums = watched.map((name) => track(name).from(Math.min(...[...steady, ...cut].map((viewer) => viewer.first(name) ?? 0))));
    const sum = (key: "groups" | "frames" | "bytes") => sums.reduce((total, each) => total + each[key], 0);
    expect(recorder.value("moq.relay.groups_received")).toBe(sum("groups") + 1);
    expect(recorder.value("moq.relay.frames_received")).toBe(sum("frames") + 1);
    expect(recorder.value("moq.relay.bytes_received")).toBe(sum("bytes") + catalogBytes);
  });
  it("counts at the relay what the viewers received, and no more than could be under way when they were cut", async () => {
    const summaries = await Promise.all([...steady, ...cut].map((viewer) => viewer.summary));
    const catalogs = summaries.reduce((sum, { reconnects }) => sum + 1 + reconnects, 1);
    const reports = summaries.flatMap(({ tracks }) => tracks);
    const received = {
      bytes: reports.reduce((sum, { bytes }) => sum + bytes, 0) + catalogs * catalogBytes,
      frames: reports.reduce((sum, { frames }) => sum + frames, 0) + catalogs,
      groups: reports.reduce((sum, { groups, duplicates }) => sum + groups.complete + duplicates, 0) + catalogs,
    };
    const [bytes, frames, groups] = (["bytes", "frames", "groups"] as const).map((what) => recorder.value(`moq.relay.${what}_sent`) ?? 0);
    expect(bytes).toBeGreaterThanOrEqual(received.bytes);
    expect(bytes).toBeLessThanOrEqual(received.bytes + cutCount * inFlightBytes);
    expect(frames).toBeGreaterThanOrEqual(received.frames);
    expect(groups).toBeGreaterThanOrEqual(received.groups);
  });
  it("leaves no gauge of the relay above zero", async () => {
    for (const name of gauges)
      await eventually(
        async () => recorder.value(name),
        (value) => (value ?? 0) === 0,
        10_000,
      );
    expect(recorder.value("moq.relay.errors", { "error.type": "transport_lost" }), "one for each cut").toBe(cutCount);
    for (const type of ["protocol_violation", "internal"]) expect(recorder.value("moq.relay.errors", { "error.type": type }) ?? 0).toBe(0);
  });

  function track(name: string): MadeTrack {
    const found = made.get(name);
    if (!found) throw new Error(`${name} was not published`);
    return found;
  }
});

/** Bytes of the catalog, read as one viewer more. */
async function readCatalogBytes(url: string): Promise<number> {
  const session = await connect(url, { webSocket: nodeWebSocket });
  try {
    for await (const { kind, path } of session.announced(toPath(broadcast))) if (kind === "active" && path === broadcast) break;
    const track = await session.broadcast(toPath(broadcast)).track("catalog.json");
    return await new Promise<number>((resolve, reject) => {
      track.attach({
        group: (group) => void group.attach({ frame() {}, finished: () => resolve(group.byteLength), aborted: reject }),
        dropped() {},
        ended() {},
        aborted: reject,
      });
    });
  } finally {
    session.close();
  }
}
/** Fails with a word on what is missing instead of a mere timeout. */
function within<T>(count: number, work: Promise<T>, what: () => string): Promise<T> {
  const late = seconds(count).then(() => Promise.reject(new Error(`after ${count} s: ${what()}`)));
  return Promise.race([work, late]);
}
function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
