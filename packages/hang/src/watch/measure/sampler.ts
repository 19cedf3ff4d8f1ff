import type { Stage } from "../stage.ts";
import type { PlayerState } from "../stats.ts";
import type { PlayerInstruments } from "./instruments.ts";
import type { Network } from "./network.ts";

/** What is sampled once a second, and some of it every tenth time (metrics.md §5.1). */
export function sampleSecond(
  second: number,
  state: PlayerState,
  { stage, network, instruments }: { stage: Stage; network: Network; instruments: PlayerInstruments },
): void {
  if (state !== "playing" && state !== "rebuffering") return;
  for (const media of ["video", "audio"] as const) {
    const bufferMs = stage.bufferMs(media);
    if (bufferMs !== undefined) instruments.bufferLength(media, bufferMs / 1000);
  }
  if (state !== "playing") return;
  if (stage.liveEdgeMs !== undefined) instruments.liveEdgeOffset(stage.liveEdgeMs / 1000);
  if (second % 10 !== 0) return;
  const video = stage.shown && (stage.shown.config.bitrate ?? network.videoRate());
  if (video) instruments.bitrate("video", video);
  const audio = stage.audioBitrate;
  if (audio) instruments.bitrate("audio", audio);
}
