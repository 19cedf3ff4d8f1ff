import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { eventually, type GatewayApi } from "./gateway.ts";
import type { Sighting, Watcher } from "./watcher.ts";
import type { Way } from "./ways.ts";

/** docs/sample.md: 30 s at 30 frames/s, looped. */
const framesPerSecond = 30;
const sampleFrames = 900;

/**
 * The time code in the painted pixels goes on with the clock: within a few looks, a second apart, there is one in which as many frames
 * passed as a second has. Not the first one for sure: a player that starts on a busy machine may still be catching up.
 */
export async function showsThePictureMoving(watcher: Watcher): Promise<void> {
  const look = async (): Promise<Sighting> => {
    const sighting = await eventually(
      () => watcher.frame(),
      (seen) => seen !== undefined,
      5000,
      "a time code in the picture",
    );
    if (!sighting) throw new Error("no time code in the picture");
    return sighting;
  };
  const seen: string[] = [];
  for (let before = await look(), tries = 0; tries < 10; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = await look();
    const frames = (after.frame - before.frame + sampleFrames) % sampleFrames;
    const due = ((after.atMs - before.atMs) / 1000) * framesPerSecond;
    if (Math.abs(frames - due) < 6) return;
    seen.push(`${frames} painted where ${due.toFixed(1)} were due`);
    before = after;
  }
  throw new Error(`the picture never went on with the clock: ${seen.join(", ")}`);
}

export async function soundIsDecoded(watcher: Watcher): Promise<void> {
  const before = await watcher.stats();
  const after = await eventually(
    () => watcher.stats(),
    (stats) => stats.audio.decodedFrames > before.audio.decodedFrames && stats.audio.level > 0,
    5000,
  );
  expect(after.audio.level).toBeGreaterThan(0);
}

/** The gateway knows of exactly one start, and it took what this test saw, within 100 ms. */
export async function startupAgrees(watcher: Watcher, gateway: GatewayApi): Promise<void> {
  const measuredMs = await watcher.firstPaintMs();
  const startup = await eventually(
    async () =>
      (await gateway.metrics()).filter((metric) => metric.name === "moq.client.startup_time" && (metric.histogram?.count ?? 0) > 0),
    (found) => found.length === 1,
    5000,
  );
  expect(startup[0]?.histogram?.count).toBe(1);
  const reportedMs = (startup[0]?.histogram?.sum ?? Number.NaN) * 1000;
  expect(Math.abs(reportedMs - measuredMs), `gateway ${reportedMs.toFixed(0)} ms, page ${measuredMs.toFixed(0)} ms`).toBeLessThan(100);
  const summary = await gateway.summary();
  expect(summary.startup?.count).toBe(1);
  const { sessionId } = await watcher.stats();
  const session = (await gateway.sessions()).sessions.find((known) => known.sessionId === sessionId);
  expect(Math.abs((session?.startupSeconds ?? Number.NaN) * 1000 - measuredMs)).toBeLessThan(100);
}

/** Metrics that a healthy viewer and relay must have told by now; the rest of the registry needs a fault to speak. */
export async function everyMetricIsRecorded(gateway: GatewayApi, transport: Way["transport"]): Promise<void> {
  const due = [
    ...["play_attempts", "startup_time", "startup_phase", "play_time", "buffer_length", "frames_received", "frames_decoded"].map(
      (name) => `moq.client.${name}`,
    ),
    ...["frames_rendered", "groups", "io", "connections", "live_edge_offset", "rendition_time", "bitrate", "rtt"].map(
      (name) => `moq.client.${name}`,
    ),
    ...["freezes", "frame_interval", "decode_time", "decode_queue", "jitter_buffer_delay", "group_delivery", "keyframe_interval"].map(
      (name) => `moq.client.${name}`,
    ),
    ...["latency", "clock_uncertainty", "latency_target_error", "av_sync_drift"].map((name) => `moq.client.${name}`),
    ...["publish_attempts", "publish_time", "frame_size", "keyframe_interval", "group_size", "bitrate", "io", "connections"].map(
      (name) => `moq.publisher.${name}`,
    ),
    ...["clock_offset", "send_blocked_time"].map((name) => `moq.publisher.${name}`),
    ...[
      "active_connections",
      "active_subscribers",
      "active_streams",
      "active_subscriptions",
      "connections",
      "announcements",
      "subscriptions",
    ].map((name) => `moq.relay.${name}`),
    ...["subscribe_time", "bytes_sent", "bytes_received", "transport_io", "frames_sent", "frames_received", "groups_sent"].map(
      (name) => `moq.relay.${name}`,
    ),
    ...["groups_received", "forward_time", "setup_time", "rtt", "cache_hits", "cache_size", "upstream_subscriptions"].map(
      (name) => `moq.relay.${name}`,
    ),
    // QUIC tells these, and of TCP the kernel where it can be asked.
    ...(transport === "webtransport" || hasSs ? linkMetrics : []),
    ...(transport === "webtransport" ? ["moq.relay.congestion_events"] : []),
    ...["broadcast.subscribers", "broadcast.bytes_sent", "broadcast.bytes_received"].map((name) => `moq.relay.${name}`),
    ...["reports", "points", "active_sessions", "session_table", "ingest_time", "series"].map((name) => `moq.gateway.${name}`),
    "process.cpu.time",
    "process.memory.usage",
    "process.uptime",
    "nodejs.eventloop.utilization",
    "nodejs.eventloop.delay.p99",
    "nodejs.eventloop.delay.max",
    "v8js.gc.duration",
    "v8js.memory.heap.used",
    ...(process.platform === "linux" ? ["process.unix.file_descriptor.count"] : []),
    "moq.process.event_loop_delay",
  ];
  const missing = async (): Promise<string[]> => {
    const known = new Set((await gateway.metrics()).map((metric) => metric.name));
    return due.filter((name) => !known.has(name));
  };
  expect(await eventually(missing, (names) => names.length === 0, 30_000)).toEqual([]);
}

const hasSs = process.platform === "linux" && spawnSync("ss", ["--version"]).error === undefined;
const linkMetrics = [
  ...["packets_sent", "packets_lost", "congestion_window", "send_rate_estimate"].map((name) => `moq.relay.${name}`),
  "moq.client.bandwidth_estimate",
];

/** Browser, page, player, relay and gateway name the same transport and version, and the gateway has counted the one connect. */
export async function transportAgrees(watcher: Watcher, gateway: GatewayApi, transport: Way["transport"]): Promise<void> {
  const stats = await watcher.stats();
  expect([stats.transport, stats.version]).toEqual([transport, "moq-lite-05"]);
  expect(await watcher.protocols()).toEqual(transport === "webtransport" ? ["moq-lite-05"] : []);
  const element = watcher.page.locator("hang-watch");
  const reason = transport === "webtransport" ? "preferred" : "webtransport_unavailable";
  expect([await element.getAttribute("transport"), await element.getAttribute("transport-reason")]).toEqual([transport, reason]);
  expect(await watcher.page.locator("#transport").innerText()).toMatch(transport === "webtransport" ? /^WebTransport/ : /^WebSocket: /);
  await eventually(
    () => gateway.sum("moq.client.connections", { transport, result: "ok" }),
    (count) => count === 1,
    5000,
  );
  expect(await gateway.sum("moq.relay.active_connections", { transport, peer: "client" })).toBe(1);
  const other = transport === "webtransport" ? "websocket" : "webtransport";
  expect((await gateway.sum("moq.relay.active_connections", { transport: other })) ?? 0).toBe(0);
  const { sessions } = await gateway.sessions();
  expect(sessions.find((known) => known.sessionId === stats.sessionId)?.transport).toBe(transport);
}
