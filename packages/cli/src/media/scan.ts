import { EncodedPacketSink, type InputTrack } from "mediabunny";
import { withSendTimes } from "./packet.ts";

/** What the first packets of a track tell, before anything is published. */
export interface TrackScan {
  readonly firstUs: number;
  /** Usual distance between two frames. */
  readonly stepUs: number;
  /** Bits per second, rounded up. */
  readonly bitrate: number;
  /** Largest difference in how early or late frames leave, seen from their timestamps, plus one frame: what `jitter` in the catalog means. */
  readonly jitterMs: number;
}
/** Packets looked at: enough for a stable average, and never a whole film. */
const scannedPackets = 1000;

/** Looks at the beginning of a track; `undefined` if it holds no packet. */
export async function scanTrack(track: InputTrack): Promise<TrackScan | undefined> {
  const times: number[] = [];
  let bytes = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for await (const packet of withSendTimes(firstPackets(track))) {
    times.push(packet.timestampUs);
    bytes += packet.byteLength;
    least = Math.min(least, packet.sendUs - packet.timestampUs);
    most = Math.max(most, packet.sendUs - packet.timestampUs);
  }
  times.sort((a, b) => a - b);
  const firstUs = times[0];
  const lastUs = times.at(-1);
  if (firstUs === undefined || lastUs === undefined) return undefined;
  const steps = times
    .slice(1)
    .map((time, at) => time - (times[at] ?? time))
    .sort((a, b) => a - b);
  const stepUs = (lastUs - firstUs) / Math.max(1, steps.length) || 1_000_000;
  const seconds = (lastUs - firstUs + stepUs) / 1_000_000;
  const longestUs = steps[Math.floor(steps.length * 0.99)] ?? stepUs;
  return { firstUs, stepUs, bitrate: Math.ceil((bytes * 8) / seconds), jitterMs: Math.ceil((most - least + longestUs) / 1000) };
}
const nothing = new Uint8Array();
async function* firstPackets(track: InputTrack) {
  let left = scannedPackets;
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    if (left-- === 0) return;
    yield { timestampUs: packet.microsecondTimestamp, keyframe: packet.type === "key", payload: nothing, byteLength: packet.byteLength };
  }
}
