import { GroupOutcome } from "../sub/group-ledger.ts";
import type { SubscribeReport, SubscribeSummary, TrackReport } from "../sub/report.ts";

const header = ["time", "state", "track", "fps", "kbit/s", "frames", "groups", "not whole", "gaps", "delay p95"];
const widths = [7, 13, 16, 6, 8, 8, 8, 10, 6, 10];
/** Lines between two headers. */
const headerEvery = 20;

/** Lines of a table for a terminal: one per track and report, the header again now and then. */
export function table(): (report: SubscribeReport) => string {
  let lines = 0;
  return (report) => {
    const rows = report.tracks.length > 0 ? report.tracks.map((track) => row(report, track)) : [row(report)];
    const text = rows.map((cells) => `${line(cells)}\n`).join("");
    const head = lines % headerEvery === 0 || lines % headerEvery > headerEvery - rows.length ? `${line(header)}\n` : "";
    lines += rows.length;
    return head + text;
  };
}
function row(report: SubscribeReport, track?: TrackReport): string[] {
  const time = `${Math.round(report.elapsedMs / 1000)} s`;
  if (!track) return [time, report.state];
  return [
    time,
    report.state,
    track.name,
    track.framesPerSecond?.toFixed(1) ?? "-",
    track.bitsPerSecond === undefined ? "-" : (track.bitsPerSecond / 1000).toFixed(0),
    String(track.frames),
    String(track.groups.complete),
    String(notWhole(track)),
    String(track.gaps.count),
    track.delayMs ? `${track.delayMs.p95} ms` : "-",
  ];
}
function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at < 3 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join("  ")
    .trimEnd();
}
function notWhole({ groups }: TrackReport): number {
  return groups.reset + groups.invalid + groups.skipped + groups.lost + groups.missing;
}

/** The account at the end, in words. */
export function summaryText(summary: SubscribeSummary): string {
  const { startup, reconnects, elapsedMs, reason, tracks } = summary;
  const first = startup.totalMs === undefined ? "no frame came" : `first frame after ${startup.totalMs} ms`;
  const again = reconnects === 0 ? "" : `, ${reconnects} reconnect${reconnects === 1 ? "" : "s"}`;
  return [`${(elapsedMs / 1000).toFixed(1)} s (${reason}), ${first}${again}`, ...tracks.map(trackText)].join("\n");
}
function trackText(track: TrackReport): string {
  const counts = Object.values(GroupOutcome)
    .filter((outcome) => track.groups[outcome] > 0)
    .map((outcome) => `${track.groups[outcome]} ${outcome}`);
  const reasons = Object.entries(track.reasons).map(([reason, groups]) => `${reason} ${groups}`);
  const delay = track.delayMs ? `; delay p50 ${track.delayMs.p50}, p95 ${track.delayMs.p95}, max ${track.delayMs.max} ms` : "";
  const gaps = track.gaps.count > 0 ? `; ${track.gaps.count} gaps of ${track.gaps.ms} ms in all` : "";
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  return `${track.name}: ${track.frames} frames, ${track.bytes} bytes; groups: ${counts.join(", ") || "none"}${why}${gaps}${delay}`;
}
