import { expect, test } from "vitest";
import type { WatchStats } from "../watch/stats.ts";
import { barPath, graphSize, linePath, niceTop } from "./graph.ts";
import { History, historySeconds } from "./history.ts";
import { sectionsOf } from "./rows.ts";

const frames = { received: 0, decoded: 0, rendered: 0, dropped: { decode_queue: 0, deadline: 0, decode_error: 0, resync: 0, hidden: 0 } };
const groups = { complete: 0, late: 0, skipped: 0, incomplete: 0, reset: 0, missing: 0 };
const nothing: WatchStats = {
  state: "starting",
  link: "connecting",
  sessionId: "0d9f5c7e-1111-4222-8333-444455556666",
  bufferMs: {},
  latencyTargetMs: 200,
  stalls: { count: 0, seconds: 0 },
  freezes: { count: 0, seconds: 0 },
  switches: 0,
  frames: { video: frames, audio: frames },
  groups: { video: groups, audio: groups },
  audio: { decodedFrames: 0, playing: false, blocked: false },
  playSeconds: 0,
  bytesReceived: 0,
};
const texts = (stats: WatchStats, bits?: number): Record<string, string> =>
  Object.fromEntries(sectionsOf(stats, bits).flatMap(({ title, rows }) => rows.map(({ label, text }) => [`${title}: ${label}`, text])));

test("what is not known has no row: a player that has just begun tells its state and its target", () => {
  expect(texts(nothing)).toEqual({
    "Playback: State": "starting, connecting",
    "Playback: Session": "0d9f5c7e",
    "Latency: Target": "200 ms",
  });
});
test("every figure of a player is told in words, with its uncertainty, reasons and sources", () => {
  const stats: WatchStats = {
    ...nothing,
    state: "playing",
    link: "connected",
    transport: "webtransport",
    transportChoice: { kind: "webtransport", reason: "preferred" },
    version: "moq-lite-05",
    rtt: { ms: 12.4, source: "probe" },
    bandwidthBps: 7_400_000,
    latency: { ms: 311.6, uncertaintyMs: 57.2 },
    liveEdgeMs: 203,
    bufferMs: { video: 199.6, audio: 240 },
    syncDriftMs: -12.2,
    stalls: { count: 2, seconds: 1.46 },
    freezes: { count: 3, seconds: 2 },
    switches: 1,
    playSeconds: 61.4,
    rendition: "video/720p",
    picture: { width: 1280, height: 720, codec: "avc1.64001f" },
    frames: {
      ...nothing.frames,
      video: { ...frames, received: 100, decoded: 98, rendered: 95, dropped: { ...frames.dropped, deadline: 3, decode_error: 2 } },
    },
    groups: { ...nothing.groups, video: { ...groups, complete: 30, late: 1 } },
    audio: { decodedFrames: 10, playing: true, blocked: false },
    bytesReceived: 12_340_000,
  };
  expect(texts(stats, 4_210_000)).toEqual({
    "Playback: State": "playing",
    "Playback: Played": "61 s",
    "Playback: Stalls": "2, 1.5 s in all",
    "Playback: Freezes": "3, 2.0 s in all",
    "Playback: Switches": "1",
    "Playback: Session": "0d9f5c7e",
    "Latency: Camera to screen": "312 ± 58 ms",
    "Latency: Behind live": "203 ms",
    "Latency: Target": "200 ms",
    "Latency: Buffer": "200 ms picture, 240 ms sound",
    "Latency: Sound": "12 ms behind",
    "Media: Picture": "1280×720, avc1.64001f",
    "Media: Bitrate": "4.2 Mbit/s",
    "Media: Frames": "95 of 100",
    "Media: Dropped": "3 deadline, 2 decode error",
    "Media: Groups": "1 late",
    "Media: Sound": "playing",
    "Network: Transport": "WebTransport (QUIC)",
    "Network: Round trip": "12 ms (probe)",
    "Network: Link": "7.4 Mbit/s",
    "Network: Received": "12.3 MB",
  });
  const bad = sectionsOf(stats, 0).flatMap(({ rows }) => rows.filter((row) => row.bad).map(({ label }) => label));
  expect(bad).toEqual(["Stalls", "Freezes", "Dropped", "Groups"]);
});
test("the last minute is kept, a second's bits are those received in it, and another session begins anew", () => {
  const history = new History();
  for (let second = 0; second <= 70; second++) {
    history.add({
      ...nothing,
      bytesReceived: second * 1000,
      liveEdgeMs: second,
      stalls: { count: 1, seconds: second === 70 ? 0.5 : 0 },
      ...(second > 60 ? { latency: { ms: 1000 + second, uncertaintyMs: 5 } } : {}),
    });
  }
  expect(history.seconds).toHaveLength(historySeconds);
  expect(history.bitsPerSecond).toBe(8000);
  expect(history.seconds.at(-1)).toEqual({ stalled: true, latencyMs: 1070, bitsPerSecond: 8000 });
  expect(history.seconds.at(-2)?.stalled).toBe(false);
  expect(history.seconds[0]?.latencyMs).toBe(11);
  history.add({ ...nothing, sessionId: "another", bytesReceived: 5 });
  expect(history.seconds).toEqual([{ stalled: false }]);
});
test("a graph has gaps where nothing was known, ends at its right edge, and a top that is easily read", () => {
  expect(linePath([1, undefined, 2], 2)).toBe(`M115.93 17h0.01M120 1h0.01`);
  expect(linePath([0, 2], 2)).toBe(`M117.97 33h0.01L120 1`);
  expect(barPath([true, false])).toBe(`M116.95 0h2.03v${graphSize.height}h-2.03z`);
  expect([0, 0.3, 1, 180, 201, 4_200_000].map((value) => niceTop([undefined, value]))).toEqual([1, 0.5, 1, 200, 500, 5_000_000]);
});
