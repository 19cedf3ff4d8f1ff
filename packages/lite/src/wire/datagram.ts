import { LiteError, LiteErrorCode } from "../error.ts";
import type { Codec } from "./codec.ts";
import { Cursor } from "./cursor.ts";
import { WireLimits } from "./limits.ts";
import { Sink } from "./sink.ts";

/** DATAGRAM (05): a whole group of one frame, with neither type nor length; the payload runs to the end (moq-lite §6.4). */
export interface Datagram {
  readonly subscribe: bigint;
  readonly sequence: number;
  /** Absolute, in the track's timescale. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}
export const Datagram: Codec<Datagram> = {
  encode(sink, { subscribe, sequence, timestamp, payload }) {
    sink.varint(subscribe).varint(sequence).varint(timestamp).bytes(payload);
  },
  decode(cursor) {
    return { subscribe: cursor.varint62(), sequence: cursor.varint(), timestamp: cursor.varint(), payload: cursor.rest() };
  },
};

/** Three varints at their longest. */
const headerBytes = 24;

/** The datagram as it stands, or `undefined` for one that may not be sent: above 1200 bytes. */
export function encodeDatagram(datagram: Datagram): Uint8Array | undefined {
  const sink = new Sink(headerBytes + datagram.payload.byteLength);
  Datagram.encode(sink, datagram);
  return sink.length > WireLimits.datagramBytes ? undefined : sink.finish();
}

/** @throws LiteError `decode` or `bounds_exceeded`: this datagram is lost, and nothing else. */
export function decodeDatagram(bytes: Uint8Array): Datagram {
  const limit = WireLimits.receivedDatagramBytes;
  if (bytes.byteLength > limit)
    throw new LiteError(LiteErrorCode.boundsExceeded, `datagram of ${bytes.byteLength} bytes; the limit is ${limit}`);
  return Datagram.decode(new Cursor(bytes));
}
