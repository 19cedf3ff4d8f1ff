import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { TrackInfo } from "../model/track.ts";
import type { Codec } from "./codec.ts";

/** TRACK (05): asks what a track is. */
export interface TrackRequest {
  readonly broadcast: Path;
  readonly track: string;
}
export const TrackRequest: Codec<TrackRequest> = {
  encode(sink, { broadcast, track }) {
    sink.string(broadcast).string(track);
  },
  decode(cursor) {
    return { broadcast: cursor.path(), track: cursor.string() };
  },
};

/** TRACK_INFO (05): the answer; `timescale` is never 0. */
export const TrackInfoMessage: Codec<TrackInfo> = {
  encode(sink, { priority, ordered, maxLatencyMs, timescale }) {
    sink.u8(priority).bool(ordered).varint(Math.round(maxLatencyMs)).varint(timescale);
  },
  decode(cursor) {
    const info = { priority: cursor.u8(), ordered: cursor.bool(), maxLatencyMs: cursor.varint(), timescale: cursor.varint() };
    if (info.timescale === 0) throw new LiteError(LiteErrorCode.decode, "timescale is 0");
    return info;
  },
};
