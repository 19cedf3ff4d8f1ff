import { LiteError, LiteErrorCode } from "../error.ts";
import { type Cursor, decodeUtf8 } from "../wire/cursor.ts";
import type { Sink } from "../wire/sink.ts";
import { FrameType, type QmuxFrame, type StreamPosition } from "./frame.ts";

const streamFin = FrameType.stream + 1;

/** The one frame of a legacy `webtransport` message (qmux-websocket §3.2). @throws LiteError `decode`, `bounds_exceeded` or `protocol_violation`. */
export function decodeLegacyFrame(cursor: Cursor): QmuxFrame {
  const type = cursor.u8();
  switch (type) {
    case FrameType.stream:
    case streamFin:
      return { kind: "stream", id: cursor.varint(), offset: 0, data: cursor.rest(), fin: type === streamFin };
    case FrameType.resetStream:
      return { kind: "reset_stream", id: cursor.varint(), code: cursor.clamped(), finalSize: 0 };
    case FrameType.stopSending:
      return { kind: "stop_sending", id: cursor.varint(), code: cursor.clamped() };
    case FrameType.connectionClose:
    case FrameType.applicationClose:
      return {
        kind: "close",
        application: type === FrameType.applicationClose,
        code: cursor.clamped(),
        reason: decodeUtf8(cursor.rest()),
      };
    default:
      throw new LiteError(LiteErrorCode.protocolViolation, `frame type 0x${type.toString(16)} is unknown`);
  }
}

/** Writes a frame as a whole legacy message. @throws LiteError `internal` for a frame that the framing does not have. */
export function encodeLegacyFrame(sink: Sink, frame: QmuxFrame): void {
  if (frame.kind === "stream") {
    encodeLegacyStreamHeader(sink, frame);
    sink.bytes(frame.data);
  } else if (frame.kind === "reset_stream" || frame.kind === "stop_sending") {
    sink
      .u8(frame.kind === "stop_sending" ? FrameType.stopSending : FrameType.resetStream)
      .varint(frame.id)
      .varint(frame.code);
  } else if (frame.kind === "close") {
    sink.u8(frame.application ? FrameType.applicationClose : FrameType.connectionClose).varint(frame.code);
    sink.bytes(new TextEncoder().encode(frame.reason));
  } else throw new LiteError(LiteErrorCode.internal, `the legacy framing has no ${frame.kind}`);
}

/** STREAM: its data runs to the end of the message. */
export function encodeLegacyStreamHeader(sink: Sink, at: StreamPosition): void {
  sink.u8(at.fin ? streamFin : FrameType.stream).varint(at.id);
}
