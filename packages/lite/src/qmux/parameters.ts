import { LiteError, LiteErrorCode } from "../error.ts";
import { Cursor } from "../wire/cursor.ts";
import { Sink } from "../wire/sink.ts";

/** Transport parameters (qmux-websocket §4); a number that is absent on the wire has the value it then means. */
export interface Parameters {
  readonly maxIdleTimeoutMs: number;
  readonly maxData: number;
  readonly maxStreamDataBidiLocal: number;
  readonly maxStreamDataBidiRemote: number;
  readonly maxStreamDataUni: number;
  readonly maxStreamsBidi: number;
  readonly maxStreamsUni: number;
  readonly resetStreamAt: boolean;
  readonly maxRecordSize: number;
}
/** Default and least of max_record_size. */
export const minRecordBytes = 16382;
/** What a framing without credit stands for. */
export const unlimitedParameters: Parameters = {
  maxIdleTimeoutMs: 0,
  maxData: Number.MAX_SAFE_INTEGER,
  maxStreamDataBidiLocal: Number.MAX_SAFE_INTEGER,
  maxStreamDataBidiRemote: Number.MAX_SAFE_INTEGER,
  maxStreamDataUni: Number.MAX_SAFE_INTEGER,
  maxStreamsBidi: Number.MAX_SAFE_INTEGER,
  maxStreamsUni: Number.MAX_SAFE_INTEGER,
  resetStreamAt: false,
  maxRecordSize: minRecordBytes,
};

const id = {
  idle: 0x01n,
  data: 0x04n,
  bidiLocal: 0x05n,
  bidiRemote: 0x06n,
  uni: 0x07n,
  streamsBidi: 0x08n,
  streamsUni: 0x09n,
  resetStreamAt: 0x1dn,
  datagram: 0x20n,
  recordSize: 0x0571c59429cd0845n,
  protocols: 0x3d4f9c2a8b1e6075n,
} as const;
const numericIds: ReadonlySet<bigint> = new Set([
  id.idle,
  id.data,
  id.bidiLocal,
  id.bidiRemote,
  id.uni,
  id.streamsBidi,
  id.streamsUni,
  id.datagram,
  id.recordSize,
]);
/** Further QUIC v1 parameters, and application protocols: not allowed on a WebSocket. */
const forbiddenIds: ReadonlySet<bigint> = new Set([0x00n, 0x02n, 0x03n, 0x0an, 0x0bn, 0x0cn, 0x0dn, 0x0en, 0x0fn, 0x10n, id.protocols]);

/** Body of QX_TRANSPORT_PARAMETERS, without its length. */
export function encodeParameters(parameters: Parameters): Uint8Array {
  const sink = new Sink(96);
  const put = (key: bigint, value: number): void => {
    if (value === 0) return;
    const bytes = new Sink(8).varint(value).finish();
    sink.varint(key).varint(bytes.byteLength).bytes(bytes);
  };
  put(id.idle, parameters.maxIdleTimeoutMs);
  put(id.data, parameters.maxData);
  put(id.bidiLocal, parameters.maxStreamDataBidiLocal);
  put(id.bidiRemote, parameters.maxStreamDataBidiRemote);
  put(id.uni, parameters.maxStreamDataUni);
  put(id.streamsBidi, parameters.maxStreamsBidi);
  put(id.streamsUni, parameters.maxStreamsUni);
  put(id.recordSize, parameters.maxRecordSize);
  if (parameters.resetStreamAt) sink.varint(id.resetStreamAt).varint(0);
  return sink.finish();
}

/** @throws LiteError `protocol_violation` for a duplicate, forbidden or malformed parameter, `decode` when cut. */
export function decodeParameters(body: Uint8Array): Parameters {
  const numbers = decodeNumbers(body);
  const number = (key: bigint): number => numbers.get(key) ?? 0;
  const recordSize = numbers.get(id.recordSize) ?? minRecordBytes;
  if (recordSize < minRecordBytes) throw violation(`max_record_size is ${recordSize}; the least is ${minRecordBytes}`);
  return {
    maxIdleTimeoutMs: number(id.idle),
    maxData: number(id.data),
    maxStreamDataBidiLocal: number(id.bidiLocal),
    maxStreamDataBidiRemote: number(id.bidiRemote),
    maxStreamDataUni: number(id.uni),
    maxStreamsBidi: number(id.streamsBidi),
    maxStreamsUni: number(id.streamsUni),
    resetStreamAt: numbers.has(id.resetStreamAt),
    maxRecordSize: recordSize,
  };
}

/** Known parameters and their values; the one that has none counts as 1. */
function decodeNumbers(body: Uint8Array): Map<bigint, number> {
  const cursor = new Cursor(body);
  const numbers = new Map<bigint, number>();
  while (cursor.remaining > 0) {
    const key = cursor.varint62();
    const value = new Cursor(cursor.bytes(cursor.varint()));
    if (forbiddenIds.has(key)) throw violation(`transport parameter ${key} is not allowed here`);
    if (!numericIds.has(key) && key !== id.resetStreamAt) continue;
    if (numbers.has(key)) throw violation(`transport parameter ${key} is given twice`);
    numbers.set(key, numericIds.has(key) ? value.clamped() : 1);
    if (value.remaining > 0) throw violation(`transport parameter ${key} has ${value.remaining} bytes too many`);
  }
  return numbers;
}

function violation(message: string): LiteError {
  return new LiteError(LiteErrorCode.protocolViolation, message);
}
