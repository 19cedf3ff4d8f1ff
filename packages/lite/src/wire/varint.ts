import { LiteError, LiteErrorCode } from "../error.ts";

/** Largest value of an RFC 9000 §16 variable-length integer. */
export const maxVarint: bigint = (1n << 62n) - 1n;

/** Bytes that a varint takes by its first byte: 1, 2, 4 or 8. */
export function varintLengthAt(firstByte: number): number {
  return 1 << (firstByte >> 6);
}

/**
 * Bytes that `value` takes as a varint.
 * @throws LiteError `bounds_exceeded` if it is negative, fractional or above 2^62 - 1.
 */
export function varintLength(value: number | bigint): 1 | 2 | 4 | 8 {
  check(value);
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x40000000 ? 4 : 8;
}

/**
 * Writes `value` at `offset` in its shortest form and returns the offset behind it; the caller has made room.
 * @throws LiteError `bounds_exceeded` as `varintLength`.
 */
export function writeVarint(target: Uint8Array, offset: number, value: number | bigint): number {
  const length = varintLength(value);
  if (length === 8) return write8(target, offset, value);
  const small = Number(value);
  if (length === 1) target[offset] = small;
  else if (length === 2) {
    target[offset] = 0x40 | (small >> 8);
    target[offset + 1] = small;
  } else {
    target[offset] = 0x80 | (small >>> 24);
    target[offset + 1] = small >>> 16;
    target[offset + 2] = small >>> 8;
    target[offset + 3] = small;
  }
  return offset + length;
}

/** Reads the varint at `offset`, whose bytes must all be there, as a number; rounded above 2^53 - 1. */
export function readVarint(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  const length = varintLengthAt(first);
  let value = first & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + (bytes[offset + i] ?? 0);
  return value;
}

/** As `readVarint`, exact up to 2^62 - 1. */
export function readVarint62(bytes: Uint8Array, offset: number): bigint {
  const first = bytes[offset] ?? 0;
  const length = varintLengthAt(first);
  let value = BigInt(first & 0x3f);
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value;
}

/** Zigzag of a signed safe integer (moq-lite §3 `zz`). */
export function toZigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
export function fromZigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function write8(target: Uint8Array, offset: number, value: number | bigint): number {
  const wide = BigInt(value);
  const high = Number(wide >> 32n);
  const low = Number(wide & 0xffffffffn);
  target[offset] = 0xc0 | (high >>> 24);
  target[offset + 1] = high >>> 16;
  target[offset + 2] = high >>> 8;
  target[offset + 3] = high;
  target[offset + 4] = low >>> 24;
  target[offset + 5] = low >>> 16;
  target[offset + 6] = low >>> 8;
  target[offset + 7] = low;
  return offset + 8;
}

function check(value: number | bigint): void {
  const valid = typeof value === "bigint" ? value >= 0n && value <= maxVarint : Number.isSafeInteger(value) && value >= 0;
  if (!valid) throw new LiteError(LiteErrorCode.boundsExceeded, `${value} is not a varint: a whole number from 0 to 2^62 - 1`);
}
