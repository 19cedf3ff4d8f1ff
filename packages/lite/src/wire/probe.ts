import type { Codec } from "./codec.ts";
import { hasProbeRtt, type Version } from "./version.ts";

/** PROBE: bits per second and milliseconds; 0 is unknown, so a measured round trip of 0 is written as 1. 03 carries the bitrate only. */
export interface Probe {
  readonly bitrate: number;
  readonly rttMs: number;
}
export function probe(version: Version): Codec<Probe> {
  const withRtt = hasProbeRtt(version);
  return {
    encode(sink, { bitrate, rttMs }) {
      sink.varint(Math.round(bitrate));
      if (withRtt) sink.varint(Math.round(rttMs));
    },
    decode(cursor) {
      return { bitrate: cursor.clamped(), rttMs: withRtt ? cursor.clamped() : 0 };
    },
  };
}
