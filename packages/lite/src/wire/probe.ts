import type { Codec } from "./codec.ts";

/** PROBE (04, 05): bits per second and milliseconds; 0 is unknown, so a measured round trip of 0 is written as 1. */
export interface Probe {
  readonly bitrate: number;
  readonly rttMs: number;
}
export const Probe: Codec<Probe> = {
  encode(sink, { bitrate, rttMs }) {
    sink.varint(Math.round(bitrate)).varint(Math.round(rttMs));
  },
  decode(cursor) {
    return { bitrate: cursor.clamped(), rttMs: cursor.clamped() };
  },
};
