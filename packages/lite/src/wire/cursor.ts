import { LiteError, LiteErrorCode } from "../error.ts";
import { type Path, toPath } from "../model/path.ts";
import { WireLimits } from "./limits.ts";
import { fromZigzag, readVarint, readVarint62, varintLengthAt } from "./varint.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads forward through bytes that are all there; running out is a `decode` error. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get remaining(): number {
    return this.#bytes.byteLength - this.#at;
  }
  /** First byte of what follows, without taking it. */
  peek(): number {
    return this.#bytes[this.#need(1)] ?? 0;
  }
  u8(): number {
    const value = this.peek();
    this.#at++;
    return value;
  }
  /** One byte, 0 or 1 (moq-lite §3 `b`). */
  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new LiteError(LiteErrorCode.decode, `boolean is ${value}, not 0 or 1`);
    return value === 1;
  }
  /** A varint up to 2^53 - 1; `bounds_exceeded` above. */
  varint(): number {
    const value = readVarint(this.#bytes, this.#varintAt());
    if (value > Number.MAX_SAFE_INTEGER) throw new LiteError(LiteErrorCode.boundsExceeded, "varint is above 2^53 - 1");
    return value;
  }
  /** A varint where all above 2^53 - 1 is as good as that: credit limits and codes. */
  clamped(): number {
    return Math.min(readVarint(this.#bytes, this.#varintAt()), Number.MAX_SAFE_INTEGER);
  }
  /** A varint with all its 62 bits. */
  varint62(): bigint {
    return readVarint62(this.#bytes, this.#varintAt());
  }
  zigzag(): number {
    return fromZigzag(this.varint());
  }
  /** `n` bytes, not copied. */
  bytes(n: number): Uint8Array {
    const start = this.#need(n);
    this.#at = start + n;
    return this.#bytes.subarray(start, this.#at);
  }
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }
  /** UTF-8 with its length; `bounds_exceeded` above `limit` bytes. */
  string(limit: number = WireLimits.nameBytes): string {
    const length = this.varint();
    if (length > limit) throw new LiteError(LiteErrorCode.boundsExceeded, `string of ${length} bytes; the limit is ${limit}`);
    return decodeUtf8(this.bytes(length));
  }
  path(): Path {
    const path = toPath(this.string());
    const segments = path === "" ? 0 : path.split("/").length;
    if (segments > WireLimits.pathSegments)
      throw new LiteError(LiteErrorCode.boundsExceeded, `path of ${segments} segments; the limit is ${WireLimits.pathSegments}`);
    return path;
  }
  /** An optional group: 0 is absent, n + 1 is group n. */
  optionalGroup(): number | undefined {
    const value = this.varint();
    return value === 0 ? undefined : value - 1;
  }
  /** Leftovers are a `decode` error: a message is consumed exactly. */
  end(): void {
    if (this.remaining > 0) throw new LiteError(LiteErrorCode.decode, `${this.remaining} bytes left over`);
  }
  #varintAt(): number {
    const start = this.#at;
    this.#at = start + varintLengthAt(this.peek());
    if (this.#at > this.#bytes.byteLength) throw short(this.#at - start, this.#bytes.byteLength - start);
    return start;
  }
  #need(n: number): number {
    if (n > this.remaining) throw short(n, this.remaining);
    return this.#at;
  }
}

/** @throws LiteError `decode` if it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new LiteError(LiteErrorCode.decode, "text is not UTF-8", { cause });
  }
}
function short(wanted: number, there: number): LiteError {
  return new LiteError(LiteErrorCode.decode, `${wanted} bytes expected, ${there} there`);
}
