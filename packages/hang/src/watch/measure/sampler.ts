import type { Session } from "@moqscope/lite";
import { roundTrips } from "../../measure/round-trips.ts";
import type { Stage } from "../stage.ts";
import type { PlayerState } from "../stats.ts";
import type { PlayerInstruments } from "./instruments.ts";
import type { Network } from "./network.ts";

/** A latency that may be wrong by more says nothing. */
const mostUncertainMs = 250;
const longestLatencyMs = 120_000;

interface SampledFrom {
  readonly stage: Stage;
  readonly network: Network;
  readonly instruments: PlayerInstruments;
}

/** What is sampled once a second, and some of it every tenth time (metrics.md §5.1). */
export function sampleSecond(second: number, state: PlayerState, { stage, network, instruments }: SampledFrom): void {
  if (state !== "playing" && state !== "rebuffering") return;
  for (const media of ["video", "audio"] as const) {
    const bufferMs = stage.bufferMs(media);
    if (bufferMs !== undefined) instruments.bufferLength(media, bufferMs / 1000);
    const queue = stage.decodeQueue(media);
    if (queue !== undefined) instruments.decodeQueue(media, queue);
  }
  if (network.session && second % 10 === 0) sampleLink(network.session, instruments);
  // silence while nothing plays is the stall's
  const concealedMs = stage.takeConcealedMs();
  if (state !== "playing") return;
  instruments.audioConcealed(concealedMs / 1000);
  samplePlayhead(stage, instruments);
  if (second % 10 !== 0) return;
  const video = stage.shown && (stage.shown.config.bitrate ?? network.videoRate());
  if (video) instruments.bitrate("video", video);
  const audio = stage.audioBitrate;
  if (audio) instruments.bitrate("audio", audio);
}

function samplePlayhead({ liveEdgeMs, syncDriftMs, captureLatency, playhead }: Stage, instruments: PlayerInstruments): void {
  if (captureLatency && captureLatency.uncertaintyMs <= mostUncertainMs)
    instruments.latency(Math.min(longestLatencyMs, Math.max(0, captureLatency.ms)) / 1000);
  if (liveEdgeMs !== undefined) {
    instruments.liveEdgeOffset(liveEdgeMs / 1000);
    instruments.latencyTargetError((liveEdgeMs - playhead.latencyMs) / 1000);
  }
  if (syncDriftMs !== undefined) instruments.syncDrift(syncDriftMs / 1000);
}

/** One sample of each source that has a value; what is 0 was not measured. */
function sampleLink(session: Session, instruments: PlayerInstruments): void {
  for (const { ms, source } of roundTrips(session)) if (ms > 0) instruments.rtt(source, ms / 1000);
  const { bitrate } = session.link;
  if (bitrate !== undefined && bitrate > 0) instruments.bandwidthEstimate(bitrate);
}
