import { HangError, HangErrorCode } from "../error.ts";

/** One frame of a `legacy` container. */
export interface LegacyFrame {
  /** Microseconds from an arbitrary zero that all tracks of a broadcast share. */
  readonly timestampUs: number;
  /** What goes to the decoder. Empty means a marker, which must not reach one. */
  readonly payload: Uint8Array;
}

/** `legacy` (hang draft § Container): varint timestamp in µs, then the codec payload to the end. */
export const LegacyFrame = {
  /** @throws HangError `container_invalid` if the timestamp is no integer from 0 to 2^53 - 1. */
  encode({ timestampUs, payload }: LegacyFrame): Uint8Array {
    const length = varintLength(timestampUs);
    const bytes = new Uint8Array(length + payload.byteLength);
    writeVarint(bytes, timestampUs, length);
    bytes.set(payload, length);
    return bytes;
  },
  /** @throws HangError `container_invalid` if the timestamp is cut short or over 2^53 - 1. */
  decode(bytes: Uint8Array): LegacyFrame {
    const first = bytes[0];
    if (first === undefined) throw new HangError(HangErrorCode.containerInvalid, "legacy frame without a timestamp");
    const length = 1 << (first >> 6);
    if (bytes.byteLength < length)
      throw new HangError(
        HangErrorCode.containerInvalid,
        `legacy frame of ${bytes.byteLength} bytes ends inside its ${length}-byte timestamp`,
      );
    let timestampUs = first & 0x3f;
    for (let i = 1; i < length; i++) timestampUs = timestampUs * 256 + (bytes[i] ?? 0);
    if (!Number.isSafeInteger(timestampUs))
      throw new HangError(HangErrorCode.containerInvalid, `timestamp ${timestampUs} µs is over 2^53 - 1`);
    return { timestampUs, payload: bytes.subarray(length) };
  },
} as const;

/** RFC 9000 §16. */
function varintLength(value: number): 1 | 2 | 4 | 8 {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new HangError(HangErrorCode.containerInvalid, `timestamp ${value} µs is no integer from 0 to 2^53 - 1`);
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}
function writeVarint(bytes: Uint8Array, value: number, length: 1 | 2 | 4 | 8): void {
  let left = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes[0] = (bytes[0] ?? 0) | (Math.log2(length) << 6);
}
