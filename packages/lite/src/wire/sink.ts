import { toZigzag, writeVarint } from "./varint.ts";

const utf8 = new TextEncoder();

/** Collects encoded bytes in one growing buffer. */
export class Sink {
  #buffer: Uint8Array<ArrayBuffer>;
  #from: number;
  #end: number;
  /** Begins with a fresh buffer of so many bytes, or with one that nobody else uses; leaves `headroom` bytes free in front. */
  constructor(start: number | Uint8Array<ArrayBuffer> = 64, headroom = 0) {
    this.#buffer = typeof start === "number" ? new Uint8Array(headroom + start) : start;
    this.#from = headroom;
    this.#end = headroom;
  }
  get length(): number {
    return this.#end - this.#from;
  }
  u8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#end++] = value;
    return this;
  }
  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }
  /** @throws LiteError `bounds_exceeded` if it is no varint. */
  varint(value: number | bigint): this {
    this.#reserve(8);
    this.#end = writeVarint(this.#buffer, this.#end, value);
    return this;
  }
  zigzag(value: number): this {
    return this.varint(toZigzag(value));
  }
  bytes(value: Uint8Array): this {
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#end);
    this.#end += value.byteLength;
    return this;
  }
  string(value: string): this {
    const bytes = utf8.encode(value);
    return this.varint(bytes.byteLength).bytes(bytes);
  }
  optionalGroup(value: number | undefined): this {
    return this.varint(value === undefined ? 0 : value + 1);
  }
  /** Puts one byte in front of what was written, where `headroom` was left. */
  front(value: number): this {
    if (this.#from === 0) throw new RangeError("no headroom is left in front");
    this.#buffer[--this.#from] = value;
    return this;
  }
  /** What was written, without a copy; the sink is not to be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#from, this.#end);
  }
  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#buffer.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.byteLength * 2));
    grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
  }
}
