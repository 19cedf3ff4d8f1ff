import type { Cursor } from "../wire/cursor.ts";
import type { Sink } from "../wire/sink.ts";
import { decodeFrame, encodeFrame, encodeStreamHeader, type QmuxFrame, type StreamPosition } from "./frame.ts";
import { decodeLegacyFrame, encodeLegacyFrame, encodeLegacyStreamHeader } from "./legacy-frame.ts";

/** What a framing does differently: data, so that another one is another row (qmux-websocket §2). */
export interface Framing {
  readonly name: string;
  /** A message holds any number of frames; else exactly one. */
  readonly records: boolean;
  /** Transport parameters and credit, for bytes and for streams. */
  readonly credit: boolean;
  /** Transport parameters must be the first frame. */
  readonly parametersFirst: boolean;
  /** RESET_STREAM_AT is announced by parameter 0x1d and understood. */
  readonly resetStreamAt: boolean;
  /** QX_PING, and an idle timeout that it keeps off. */
  readonly pings: boolean;
  /** QX_PING sequences must rise, and a response must answer a request. */
  readonly orderedPings: boolean;
  /** The next frame of a message; `undefined` at its end. @throws LiteError */
  readonly decode: (cursor: Cursor) => QmuxFrame | undefined;
  readonly encode: (sink: Sink, frame: QmuxFrame) => void;
  /** What stands before the data of a STREAM frame. */
  readonly encodeStreamHeader: (sink: Sink, at: StreamPosition, dataBytes: number) => void;
}
const qmux = { credit: true, decode: decodeFrame, encode: encodeFrame, encodeStreamHeader };
const qmux02: Framing = {
  ...qmux,
  name: "qmux-02",
  records: true,
  parametersFirst: true,
  resetStreamAt: true,
  pings: true,
  orderedPings: true,
};
const qmux01: Framing = { ...qmux02, name: "qmux-01", parametersFirst: false, resetStreamAt: false, orderedPings: false };
const qmux00: Framing = { ...qmux01, name: "qmux-00", records: false, pings: false };

/** `webtransport`, from before QMux: what a socket speaks that negotiated nothing. */
export const legacyFraming: Framing = {
  ...qmux00,
  name: "webtransport",
  credit: false,
  decode: decodeLegacyFrame,
  encode: encodeLegacyFrame,
  encodeStreamHeader: encodeLegacyStreamHeader,
};

/** Framings that may carry a protocol in their name, newest first. */
export const qmuxFramings: readonly Framing[] = [qmux02, qmux01, qmux00];
/** Framings that this package speaks, newest first. */
export const framings: readonly Framing[] = [...qmuxFramings, legacyFraming];
