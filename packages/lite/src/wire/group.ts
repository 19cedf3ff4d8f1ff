import type { Codec } from "./codec.ts";
import { Sink } from "./sink.ts";

/** GROUP (01-05): the first message on every group stream. */
export interface GroupHeader {
  readonly subscribe: bigint;
  readonly sequence: number;
}
export const GroupHeader: Codec<GroupHeader> = {
  encode(sink, { subscribe, sequence }) {
    sink.varint(subscribe).varint(sequence);
  },
  decode(cursor) {
    return { subscribe: cursor.varint62(), sequence: cursor.varint() };
  },
};

/** What precedes a frame's payload: on 05 its timestamp less that of the frame before (0 before the first), then the payload size. */
export function encodeFrameHeader(timestampDelta: number | undefined, payloadBytes: number): Uint8Array {
  const sink = new Sink(16);
  if (timestampDelta !== undefined) sink.zigzag(timestampDelta);
  return sink.varint(payloadBytes).finish();
}
