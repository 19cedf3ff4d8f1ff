import { transportText, type WatchStats } from "@moqscope/hang/watch";

/** One figure of the strip; `text` is absent where there is nothing to tell yet. */
export interface Figure {
  readonly label: string;
  readonly text: string | undefined;
  readonly title: string;
  readonly bad?: boolean;
}

/** The strip's figures in their order, without values: what a page shows before there is a player. */
const blank: readonly Figure[] = [
  { label: "State", text: undefined, title: "What the player does now" },
  { label: "Transport", text: undefined, title: "What carries the session" },
  { label: "Startup", text: undefined, title: "Play to first picture" },
  { label: "Buffer", text: undefined, title: "Received media ahead of the picture" },
  { label: "Behind live", text: undefined, title: "Newest received frame minus the picture" },
  { label: "Stalls", text: undefined, title: "Times the picture stood for want of data, and for how long" },
  { label: "Frames", text: undefined, title: "Pictures shown" },
  { label: "Rendition", text: undefined, title: "What is shown" },
];

/** The player's snapshot as a person reads it. */
export function figuresOf(stats: WatchStats | undefined): readonly Figure[] {
  if (!stats) return blank;
  const { state, stalls, frames, rendition, picture } = stats;
  const begun = frames.video.rendered > 0 || frames.audio.decoded > 0;
  const lost = frames.video.dropped.deadline + frames.video.dropped.decode_queue + frames.video.dropped.decode_error;
  const found: Readonly<Record<string, Partial<Figure>>> = {
    State: { text: state, bad: state === "rebuffering" || state === "failed" },
    Transport: { text: stats.transport && transportNames[stats.transport], title: transportTitle(stats) },
    Startup: { text: milliseconds(stats.startupMs) },
    Buffer: { text: milliseconds(stats.bufferMs.video ?? stats.bufferMs.audio) },
    "Behind live": {
      text: milliseconds(stats.liveEdgeMs),
      title: `Newest received frame minus the picture; target ${stats.latencyTargetMs} ms`,
    },
    Stalls: { text: begun ? stallText(stats) : undefined, bad: stalls.count > 0 },
    Frames: {
      text: begun ? `${frames.video.rendered}` : undefined,
      title: `Pictures shown; ${lost} came too late or could not be decoded`,
    },
    Rendition:
      rendition && picture
        ? { text: picture.height === undefined ? rendition : `${picture.height}p`, title: `${rendition}, ${picture.codec}` }
        : {},
  };
  return blank.map((figure) => ({ ...figure, ...found[figure.label] }));
}

const transportNames = { webtransport: "WebTransport", websocket: "WebSocket", quic: "QUIC", unknown: undefined } as const;

function transportTitle({ transportChoice, version, rtt, bandwidthBps }: WatchStats): string {
  const round = rtt && `round trip ${milliseconds(rtt.ms)} (${rtt.source === "probe" ? "the relay's figure" : rtt.source})`;
  const rate = bandwidthBps && `the link carries ${(bandwidthBps / 1e6).toFixed(1)} Mbit/s`;
  const known = [transportChoice && transportText(transportChoice), version, round, rate].filter(
    (part) => part !== undefined && part !== 0,
  );
  return known.length > 0 ? known.join(" · ") : "What carries the session";
}
/** Which transport carries the broadcast and why, for a sentence; `undefined` until there is one. */
export function carriedBy(stats: WatchStats | undefined): string | undefined {
  return stats?.transport && stats.transportChoice && transportText(stats.transportChoice);
}
function milliseconds(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value < 9_999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
function stallText({ stalls: { count, seconds } }: WatchStats): string {
  return count === 0 ? "none" : `${count} · ${seconds.toFixed(1)} s`;
}
