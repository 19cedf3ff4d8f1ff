import { LiteError, LiteErrorCode } from "../error.ts";
import { Cursor, decodeUtf8 } from "../wire/cursor.ts";
import type { Sink } from "../wire/sink.ts";

/** Frame types that fit one byte (qmux-websocket §3.1). */
export const FrameType = {
  padding: 0x00,
  resetStream: 0x04,
  stopSending: 0x05,
  /** To 0x0f: bit 0x04 offset, 0x02 length, 0x01 FIN. */
  stream: 0x08,
  maxData: 0x10,
  maxStreamData: 0x11,
  maxStreamsBidi: 0x12,
  maxStreamsUni: 0x13,
  dataBlocked: 0x14,
  streamDataBlocked: 0x15,
  streamsBlockedBidi: 0x16,
  streamsBlockedUni: 0x17,
  connectionClose: 0x1c,
  applicationClose: 0x1d,
  resetStreamAt: 0x24,
  datagramToEnd: 0x30,
  datagram: 0x31,
} as const;
const parametersType = 0x3f5153300d0a0d0an;
const pingRequestType = 0x348c67529ef8c7bdn;
const pingResponseType = 0x348c67529ef8c7ben;

/** One frame of a record. Offsets of STREAM are read past: data of one stream is always sent in order. */
export type QmuxFrame =
  | { readonly kind: "stream"; readonly id: number; readonly offset: number; readonly data: Uint8Array; readonly fin: boolean }
  | { readonly kind: "reset_stream"; readonly id: number; readonly code: number; readonly finalSize: number }
  | {
      readonly kind: "reset_stream_at";
      readonly id: number;
      readonly code: number;
      readonly finalSize: number;
      readonly reliableSize: number;
    }
  | { readonly kind: "stop_sending"; readonly id: number; readonly code: number }
  | { readonly kind: "max_data"; readonly max: number }
  | { readonly kind: "max_stream_data"; readonly id: number; readonly max: number }
  | { readonly kind: "max_streams"; readonly bidi: boolean; readonly max: number }
  | { readonly kind: "data_blocked"; readonly limit: number }
  | { readonly kind: "stream_data_blocked"; readonly id: number; readonly limit: number }
  | { readonly kind: "streams_blocked"; readonly bidi: boolean; readonly limit: number }
  /** `application` tells 0x1d from 0x1c. */
  | { readonly kind: "close"; readonly application: boolean; readonly code: number; readonly reason: string }
  | { readonly kind: "datagram"; readonly data: Uint8Array }
  | { readonly kind: "parameters"; readonly body: Uint8Array }
  | { readonly kind: "ping"; readonly response: boolean; readonly sequence: bigint };

/** The next frame of a record, skipping padding; `undefined` at its end. @throws LiteError `decode`, `bounds_exceeded` or `protocol_violation`. */
export function decodeFrame(cursor: Cursor): QmuxFrame | undefined {
  while (cursor.remaining > 0) {
    if (cursor.peek() >= 0xc0) return decodeWide(cursor);
    const type = cursor.varint();
    if (type === FrameType.padding) continue;
    if (type >= FrameType.stream && type < FrameType.stream + 8) return decodeStream(cursor, type);
    return decodeCredit(cursor, type) ?? decodeOther(cursor, type);
  }
  return undefined;
}

function decodeStream(cursor: Cursor, type: number): QmuxFrame {
  const id = cursor.varint();
  const offset = type & 0x04 ? cursor.varint() : 0;
  const data = type & 0x02 ? cursor.bytes(cursor.varint()) : cursor.rest();
  return { kind: "stream", id, offset, data, fin: (type & 0x01) !== 0 };
}
function decodeCredit(cursor: Cursor, type: number): QmuxFrame | undefined {
  switch (type) {
    case FrameType.maxData:
      return { kind: "max_data", max: cursor.clamped() };
    case FrameType.maxStreamData:
      return { kind: "max_stream_data", id: cursor.varint(), max: cursor.clamped() };
    case FrameType.maxStreamsBidi:
    case FrameType.maxStreamsUni:
      return { kind: "max_streams", bidi: type === FrameType.maxStreamsBidi, max: cursor.clamped() };
    case FrameType.dataBlocked:
      return { kind: "data_blocked", limit: cursor.clamped() };
    case FrameType.streamDataBlocked:
      return { kind: "stream_data_blocked", id: cursor.varint(), limit: cursor.clamped() };
    case FrameType.streamsBlockedBidi:
    case FrameType.streamsBlockedUni:
      return { kind: "streams_blocked", bidi: type === FrameType.streamsBlockedBidi, limit: cursor.clamped() };
    default:
      return undefined;
  }
}
function decodeOther(cursor: Cursor, type: number): QmuxFrame {
  switch (type) {
    case FrameType.resetStream:
      return { kind: "reset_stream", id: cursor.varint(), code: cursor.clamped(), finalSize: cursor.varint() };
    case FrameType.resetStreamAt:
      return decodeResetAt(cursor);
    case FrameType.stopSending:
      return { kind: "stop_sending", id: cursor.varint(), code: cursor.clamped() };
    case FrameType.connectionClose:
      return decodeConnectionClose(cursor);
    case FrameType.applicationClose:
      return decodeApplicationClose(cursor);
    case FrameType.datagramToEnd:
      return { kind: "datagram", data: cursor.rest() };
    case FrameType.datagram:
      return { kind: "datagram", data: cursor.bytes(cursor.varint()) };
    default:
      throw new LiteError(LiteErrorCode.protocolViolation, `frame type 0x${type.toString(16)} is unknown`);
  }
}
function decodeResetAt(cursor: Cursor): QmuxFrame {
  const [id, code, finalSize, reliableSize] = [cursor.varint(), cursor.clamped(), cursor.varint(), cursor.varint()];
  if (reliableSize > finalSize)
    throw new LiteError(LiteErrorCode.protocolViolation, `RESET_STREAM_AT keeps ${reliableSize} of ${finalSize} bytes`);
  return { kind: "reset_stream_at", id, code, finalSize, reliableSize };
}
function decodeConnectionClose(cursor: Cursor): QmuxFrame {
  const code = cursor.clamped();
  cursor.clamped(); // the frame type that was at fault: only told, never used
  return { kind: "close", application: false, code, reason: decodeUtf8(cursor.bytes(cursor.varint())) };
}
/** Old peers write a frame type in front of the reason (qmux-websocket §8): what does not add up is taken without a reason. */
function decodeApplicationClose(cursor: Cursor): QmuxFrame {
  const code = cursor.clamped();
  const tail = new Cursor(cursor.rest());
  try {
    const bytes = tail.bytes(tail.varint());
    if (tail.remaining === 0) return { kind: "close", application: true, code, reason: decodeUtf8(bytes) };
  } catch {
    // Nothing is lost: the session ends with `code` either way, and the reason is only for people.
  }
  return { kind: "close", application: true, code, reason: "" };
}
function decodeWide(cursor: Cursor): QmuxFrame {
  const type = cursor.varint62();
  if (type === parametersType) return { kind: "parameters", body: cursor.bytes(cursor.varint()) };
  if (type === pingRequestType || type === pingResponseType)
    return { kind: "ping", response: type === pingResponseType, sequence: cursor.varint62() };
  throw new LiteError(LiteErrorCode.protocolViolation, `frame type 0x${type.toString(16)} is unknown`);
}

/** Writes a frame in the form that released peers write. */
export function encodeFrame(sink: Sink, frame: QmuxFrame): void {
  switch (frame.kind) {
    case "stream":
      encodeStreamHeader(sink, frame, frame.data.byteLength);
      return void sink.bytes(frame.data);
    case "reset_stream":
      return void sink.u8(FrameType.resetStream).varint(frame.id).varint(frame.code).varint(frame.finalSize);
    case "reset_stream_at":
      return void sink.u8(FrameType.resetStreamAt).varint(frame.id).varint(frame.code).varint(frame.finalSize).varint(frame.reliableSize);
    case "stop_sending":
      return void sink.u8(FrameType.stopSending).varint(frame.id).varint(frame.code);
    case "max_data":
      return void sink.u8(FrameType.maxData).varint(frame.max);
    case "max_stream_data":
      return void sink.u8(FrameType.maxStreamData).varint(frame.id).varint(frame.max);
    case "max_streams":
      return void sink.u8(FrameType.maxStreamsBidi + Number(!frame.bidi)).varint(frame.max);
    case "data_blocked":
      return void sink.u8(FrameType.dataBlocked).varint(frame.limit);
    case "stream_data_blocked":
      return void sink.u8(FrameType.streamDataBlocked).varint(frame.id).varint(frame.limit);
    case "streams_blocked":
      return void sink.u8(FrameType.streamsBlockedBidi + Number(!frame.bidi)).varint(frame.limit);
    case "close":
      return encodeClose(sink, frame);
    case "datagram":
      return void sink.u8(FrameType.datagram).varint(frame.data.byteLength).bytes(frame.data);
    case "parameters":
      return void sink.varint(parametersType).varint(frame.body.byteLength).bytes(frame.body);
    case "ping":
      return encodePing(sink, frame);
  }
}
function encodeClose(sink: Sink, frame: QmuxFrame & { readonly kind: "close" }): void {
  sink.u8(frame.application ? FrameType.applicationClose : FrameType.connectionClose).varint(frame.code);
  if (!frame.application) sink.u8(0);
  sink.string(frame.reason);
}
function encodePing(sink: Sink, frame: QmuxFrame & { readonly kind: "ping" }): void {
  sink.varint(frame.response ? pingResponseType : pingRequestType).varint(frame.sequence);
}

/** Where the data of a STREAM frame belongs. */
export interface StreamPosition {
  readonly id: number;
  readonly offset: number;
  readonly fin: boolean;
}
/** STREAM with offset and length; `dataBytes` of data are to follow. */
export function encodeStreamHeader(sink: Sink, at: StreamPosition, dataBytes: number): void {
  sink
    .u8(FrameType.stream | 0x06 | (at.fin ? 1 : 0))
    .varint(at.id)
    .varint(at.offset)
    .varint(dataBytes);
}
