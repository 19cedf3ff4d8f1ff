import { toZigzag, varintLength, writeVarint } from "./varint.ts";

const utf8 = new TextEncoder();

/** Collects encoded bytes in one growing buffer. */
export class Sink {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** Begins with a fresh buffer of so many bytes, or with one that nobody else uses. */
  constructor(start: number | Uint8Array<ArrayBuffer> = 64) {
    this.#buffer = typeof start === "number" ? new Uint8Array(start) : start;
  }
  get length(): number {
    return this.#length;
  }
  u8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }
  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }
  /** @throws LiteError `bounds_exceeded` if it is no varint. */
  varint(value: number | bigint): this {
    this.#reserve(varintLength(value));
    this.#length = writeVarint(this.#buffer, this.#length, value);
    return this;
  }
  zigzag(value: number): this {
    return this.varint(toZigzag(value));
  }
  bytes(value: Uint8Array): this {
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }
  string(value: string): this {
    const bytes = utf8.encode(value);
    return this.varint(bytes.byteLength).bytes(bytes);
  }
  optionalGroup(value: number | undefined): this {
    return this.varint(value === undefined ? 0 : value + 1);
  }
  /** What was written, without a copy; the sink is not to be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }
  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.byteLength * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
