import { LiteError, LiteErrorCode } from "../error.ts";
import type { ReceiveStream } from "../transport/transport.ts";
import { type Codec, decodeBody } from "../wire/codec.ts";
import { WireLimits } from "../wire/limits.ts";
import { readVarint, readVarint62, varintLengthAt } from "../wire/varint.ts";

const nothing = new Uint8Array(0);

/** The one place where a stream's bytes are waited for; what is whole is decoded in memory. */
export class StreamReader {
  readonly #source: ReceiveStream;
  #bytes: Uint8Array = nothing;
  #at = 0;
  constructor(source: ReceiveStream) {
    this.#source = source;
  }
  /** A varint, or `undefined` if the stream ended before it. @throws LiteError `decode` when cut, `bounds_exceeded` above 2^53 - 1. */
  async varint(): Promise<number | undefined> {
    return this.tryVarint() ?? ((await this.#varintThere()) ? this.tryVarint() : undefined);
  }
  /** The same if it has arrived already. */
  tryVarint(): number | undefined {
    const there = this.#bytes.byteLength - this.#at;
    if (there === 0) return undefined;
    const length = varintLengthAt(this.#bytes[this.#at] ?? 0);
    if (there < length) return undefined;
    const value = readVarint(this.#bytes, this.#at);
    if (value > Number.MAX_SAFE_INTEGER) {
      const exact = readVarint62(this.#bytes, this.#at);
      throw new LiteError(LiteErrorCode.boundsExceeded, `varint ${exact} is above 2^53 - 1`);
    }
    this.#advance(length);
    return value;
  }
  /** The body of a length-prefixed message; `undefined` if the stream ended before it. */
  async body(limit: number = WireLimits.messageBytes): Promise<Uint8Array | undefined> {
    const length = await this.varint();
    if (length === undefined) return undefined;
    if (length > limit) throw new LiteError(LiteErrorCode.boundsExceeded, `message of ${length} bytes; the limit is ${limit}`);
    return this.bytes(length);
  }
  async message<T>(codec: Codec<T>, limit?: number): Promise<T | undefined> {
    const body = await this.body(limit);
    return body && decodeBody(codec, body);
  }
  /** As `message`, where the stream may not end yet. */
  async expect<T>(codec: Codec<T>, limit?: number): Promise<T> {
    const message = await this.message(codec, limit);
    if (message === undefined) throw new LiteError(LiteErrorCode.decode, "stream ended before its message");
    return message;
  }
  /** Exactly `n` bytes in a buffer of their own. @throws LiteError `decode` if the stream ends before. */
  async bytes(n: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let there = this.#part(parts, n);
    while (there < n) {
      if (!(await this.#next())) throw new LiteError(LiteErrorCode.decode, `stream ended after ${there} of ${n} bytes`);
      there += this.#part(parts, n - there);
    }
    const whole = new Uint8Array(n);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }
  /** Reads until the end and throws away. */
  async drain(): Promise<void> {
    while (await this.#next());
  }
  stop(code: number): void {
    this.#source.stop(code);
  }
  #part(parts: Uint8Array[], wanted: number): number {
    const take = Math.min(wanted, this.#bytes.byteLength - this.#at);
    if (take > 0) parts.push(this.#bytes.subarray(this.#at, this.#at + take));
    this.#advance(take);
    return take;
  }
  /** What is read is let go: a stream that rests holds nothing of its last piece, nor of the buffer that it came in. */
  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at < this.#bytes.byteLength) return;
    this.#bytes = nothing;
    this.#at = 0;
  }
  async #varintThere(): Promise<boolean> {
    while (true) {
      const rest = this.#bytes.subarray(this.#at);
      if (rest.byteLength > 0 && rest.byteLength >= varintLengthAt(rest[0] ?? 0)) return true;
      if (!(await this.#next())) {
        if (rest.byteLength > 0) throw new LiteError(LiteErrorCode.decode, "stream ended inside a varint");
        return false;
      }
      if (rest.byteLength > 0) this.#prepend(rest);
    }
  }
  #prepend(rest: Uint8Array): void {
    const joined = new Uint8Array(rest.byteLength + this.#bytes.byteLength);
    joined.set(rest);
    joined.set(this.#bytes, rest.byteLength);
    this.#bytes = joined;
  }
  async #next(): Promise<boolean> {
    const bytes = await this.#source.read();
    this.#bytes = bytes ?? nothing;
    this.#at = 0;
    return bytes !== undefined;
  }
}
