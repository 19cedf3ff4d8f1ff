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

/** What precedes a frame's payload (05): timestamp less that of the frame before (0 before the first), payload size. */
export function encodeFrameHeader(timestampDelta: number, payloadBytes: number): Uint8Array {
  return new Sink(16).zigzag(timestampDelta).varint(payloadBytes).finish();
}
