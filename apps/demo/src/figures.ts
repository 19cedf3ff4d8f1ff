import type { WatchStats } from "@moqscope/hang/watch";

/** One figure of the strip; `text` is absent where there is nothing to tell yet. */
export interface Figure {
  readonly label: string;
  readonly text: string | undefined;
  readonly title: string;
  readonly bad?: boolean;
}

/** The player's snapshot as a person reads it. */
export function figuresOf(stats: WatchStats | undefined): readonly Figure[] {
  const dropped = stats && stats.frames.video.dropped.deadline + stats.frames.video.dropped.decode_queue + stats.frames.video.dropped.decode_error;
  return [
    { label: "State", text: stats?.state, title: "What the player does now", bad: stats?.state === "rebuffering" || stats?.state === "failed" },
    { label: "Transport", text: stats?.transport, title: stats?.version ?? "What carries the session" },
    { label: "Startup", text: milliseconds(stats?.startupMs), title: "Play to first picture" },
    { label: "Buffer", text: milliseconds(stats?.bufferMs.video ?? stats?.bufferMs.audio), title: "Received media ahead of the picture" },
    { label: "Behind live", text: milliseconds(stats?.liveEdgeMs), title: `Newest received frame minus the picture; target ${stats?.latencyTargetMs ?? 0} ms` },
    { label: "Stalls", text: stats && stallText(stats), title: "Times the picture stood for want of data, and for how long", bad: (stats?.stalls.count ?? 0) > 0 },
    { label: "Frames", text: stats && `${stats.frames.video.rendered}`, title: `Pictures shown; ${dropped ?? 0} came too late or could not be decoded` },
    { label: "Rendition", text: stats?.rendition && renditionText(stats.rendition), title: stats?.rendition?.codec ?? "What is shown" },
  ];
}

function milliseconds(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value < 9_999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
function stallText({ stalls: { count, seconds } }: WatchStats): string {
  return count === 0 ? "none" : `${count} · ${seconds.toFixed(1)} s`;
}
function renditionText({ name, height }: NonNullable<WatchStats["rendition"]>): string {
  return height === undefined ? name : `${height}p`;
}
