import type { WatchStats } from "../watch/stats.ts";
import { transportText } from "../watch/transport-text.ts";

/** One figure as a person reads it. */
export interface Row {
  readonly label: string;
  readonly text: string;
  /** What it means, or more of it. */
  readonly title: string;
  readonly bad?: boolean;
}
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** What is known of a player, in the order in which one looks for a fault. What is not known has no row. */
export function sectionsOf(stats: WatchStats, bitsPerSecond: number | undefined): readonly Section[] {
  return [
    { title: "Playback", rows: known(playback(stats)) },
    { title: "Latency", rows: known(latency(stats)) },
    { title: "Media", rows: known(media(stats, bitsPerSecond)) },
    { title: "Network", rows: known(network(stats)) },
  ].filter(({ rows }) => rows.length > 0);
}

type Found = Omit<Row, "text"> & { readonly text: string | undefined };

function playback({ state, link, stalls, freezes, switches, playSeconds, sessionId }: WatchStats): Found[] {
  const begun = playSeconds > 0;
  return [
    {
      label: "State",
      text: link === "connected" ? state : `${state}, ${link}`,
      title: "What player and connection do",
      bad: state === "failed" || state === "rebuffering",
    },
    { label: "Played", text: begun ? `${playSeconds.toFixed(0)} s` : undefined, title: "Seconds in which media was presented" },
    { label: "Stalls", text: begun ? lasting(stalls) : undefined, title: "Playback stood still for want of media", bad: stalls.count > 0 },
    {
      label: "Freezes",
      text: begun ? lasting(freezes) : undefined,
      title: "Gaps in the picture by the W3C rule, those of stalls included",
      bad: freezes.count > 0,
    },
    { label: "Switches", text: begun ? `${switches}` : undefined, title: "Changes of rendition" },
    { label: "Session", text: sessionId.slice(0, 8), title: `session.id ${sessionId}: its reports, trace and logs carry it` },
  ];
}
function latency({ latency: capture, liveEdgeMs, latencyTargetMs, bufferMs, syncDriftMs }: WatchStats): Found[] {
  return [
    {
      label: "Camera to screen",
      text: capture && `${Math.round(capture.ms)} ± ${Math.ceil(capture.uncertaintyMs)} ms`,
      title: "Capture to paint by the gateway's clock; the true value lies within",
    },
    { label: "Behind live", text: milliseconds(liveEdgeMs), title: "Newest received frame minus the picture" },
    { label: "Target", text: milliseconds(latencyTargetMs), title: "How far behind live it is to be" },
    { label: "Buffer", text: both(bufferMs, milliseconds), title: "Received media ahead of the picture" },
    {
      label: "Sound",
      text: drift(syncDriftMs),
      title: "Sound beside picture; beyond 45 ms ahead or 125 ms behind people notice",
      bad: Math.abs(syncDriftMs ?? 0) > 125,
    },
  ];
}
function media({ rendition, picture, frames, groups, audio }: WatchStats, bitsPerSecond: number | undefined): Found[] {
  const { video } = frames;
  const size = picture?.width && picture.height ? `${picture.width}×${picture.height}` : rendition;
  const dropped = counts(video.dropped);
  const lost = counts({
    late: groups.video.late,
    skipped: groups.video.skipped,
    incomplete: groups.video.incomplete,
    reset: groups.video.reset,
    missing: groups.video.missing,
  });
  return [
    { label: "Picture", text: picture && `${size}, ${picture.codec}`, title: `Rendition ${rendition ?? "unknown"}` },
    { label: "Bitrate", text: bits(bitsPerSecond), title: "Received in the last second, sound included" },
    {
      label: "Frames",
      text: video.received > 0 ? `${video.rendered} of ${video.received}` : undefined,
      title: `Painted of received; ${video.decoded} were decoded`,
    },
    {
      label: "Dropped",
      text: video.received > 0 ? (dropped ?? "none") : undefined,
      title: "Frames received and never painted, by reason",
      bad: dropped !== undefined,
    },
    {
      label: "Groups",
      text: groups.video.complete > 0 ? (lost ?? "all complete") : undefined,
      title: `${groups.video.complete} groups of video were complete; the others by what became of them`,
      bad: lost !== undefined,
    },
    { label: "Sound", text: audio.decodedFrames > 0 ? soundText(audio) : undefined, title: "Whether sound is let out" },
  ];
}
function network({ transport, transportChoice, version, rtt, bandwidthBps, bytesReceived }: WatchStats): Found[] {
  return [
    {
      label: "Transport",
      text: transportChoice ? transportText(transportChoice) : transport,
      title: version ?? "What carries the session",
    },
    { label: "Round trip", text: rtt && `${milliseconds(rtt.ms)} (${rtt.source})`, title: "To the relay, and by whom it was measured" },
    { label: "Link", text: bits(bandwidthBps), title: "What the relay says that its link to here carries (PROBE)" },
    { label: "Received", text: bytesReceived > 0 ? bytes(bytesReceived) : undefined, title: "MoQ payload" },
  ];
}

function known(rows: readonly Found[]): Row[] {
  return rows.flatMap(({ text, ...row }) => (text === undefined ? [] : [{ ...row, text }]));
}
function milliseconds(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value < 9_999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
function both(
  values: { readonly video?: number; readonly audio?: number },
  show: (value: number | undefined) => string | undefined,
): string | undefined {
  const parts = [
    values.video === undefined ? undefined : `${show(values.video)} picture`,
    values.audio === undefined ? undefined : `${show(values.audio)} sound`,
  ];
  return parts.filter((part) => part !== undefined).join(", ") || undefined;
}
function lasting({ count, seconds }: { readonly count: number; readonly seconds: number }): string {
  return count === 0 ? "none" : `${count}, ${seconds.toFixed(1)} s in all`;
}
function drift(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  const rounded = Math.round(Math.abs(ms));
  return rounded === 0 ? "in step" : `${rounded} ms ${ms > 0 ? "ahead" : "behind"}`;
}
function soundText({ blocked, playing }: WatchStats["audio"]): string {
  if (blocked) return "waits for a gesture";
  return playing ? "playing" : "silent";
}
function counts(of: Readonly<Record<string, number>>): string | undefined {
  const parts = Object.entries(of).filter(([, count]) => count > 0);
  return parts.length === 0 ? undefined : parts.map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
}
/** Bits per second, as people write them. */
export function bits(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} Gbit/s`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} Mbit/s` : `${Math.round(value / 1e3)} kbit/s`;
}
function bytes(value: number): string {
  return value >= 1e9 ? `${(value / 1e9).toFixed(2)} GB` : `${(value / 1e6).toFixed(1)} MB`;
}
