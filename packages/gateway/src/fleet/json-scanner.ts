import { hashBasis, hashStep, type Words } from "./words.ts";

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const backslash = 0x5c;

/** Thrown where a body is not of the plain kind that a fast reader knows: another reader takes it from the start. */
export const declined: Error = new Error("not of the plain kind");

/** Powers of ten that a double holds exactly. */
const tens: readonly number[] = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const exactDigits = 15;

/**
 * Reads JSON from its bytes, once from front to back, with no string and no object made. It knows the plain part of JSON (ASCII, no escapes
 * in strings, numbers from 0 on) and throws `declined` at anything else, wrong JSON included.
 */
export class JsonScanner {
  /** Where the last string stands, without its quotes, and its hash. */
  from = 0;
  to = 0;
  hash = 0;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  start(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the next byte stands. */
  get at(): number {
    return this.#at;
  }

  /** The body is over. */
  end(): void {
    if (this.#peek() !== undefined) throw declined;
  }

  /** Enters an object or array. Says whether it has a first member. */
  open(opening: 0x7b | 0x5b): boolean {
    this.#expect(opening);
    // the closing bracket is two after the opening one, in both kinds
    if (this.#peek() !== opening + 2) return true;
    this.#at++;
    return false;
  }

  /** Goes on after a member of an object or array. Says whether there is another one. */
  more(closing: 0x7d | 0x5d): boolean {
    const byte = this.#peek();
    this.#at++;
    if (byte === comma) return true;
    if (byte === closing) return false;
    throw declined;
  }

  /** The key of a member, as its index among the words. */
  key(words: Words): number {
    const index = this.word(words);
    this.#expect(colon);
    return index;
  }

  /** A string that is one of the words. */
  word(words: Words): number {
    this.string();
    const index = words.find(this.#bytes, this);
    if (index < 0) throw declined;
    return index;
  }

  /** Any plain string. */
  string(): void {
    this.#expect(quote);
    const bytes = this.#bytes;
    let at = this.#at;
    let hash = hashBasis;
    this.from = at;
    for (let byte = bytes[at]; byte !== quote; byte = bytes[++at]) {
      if (byte === undefined || byte < 0x20 || byte > 0x7e || byte === backslash) throw declined;
      hash = hashStep(hash, byte);
    }
    this.to = at;
    this.hash = hash;
    this.#at = at + 1;
  }

  /** The text of the last string. */
  text(): string {
    return latin(this.#bytes, this.from, this.to);
  }

  /** These bytes as they are. */
  literal(expected: Uint8Array): void {
    this.#peek();
    if (!this.skip(expected)) throw declined;
  }

  /** Passes over these bytes where they stand next. Says whether they did. */
  skip(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
    this.#at = at + expected.length;
    return true;
  }

  /** Passes over what stood in this body from `from` to `to`, where it stands next again. Says whether it did. */
  repeat(from: number, to: number): boolean {
    if (to <= from) return false;
    const bytes = this.#bytes;
    const by = this.#at - from;
    // the last bytes are those that differ
    for (let at = to - 1; at >= from; at--) if (bytes[at] !== bytes[at + by]) return false;
    this.#at = to + by;
    return true;
  }

  /** An array of exactly so many whole numbers, into `numbers` from `first` on. */
  wholes(numbers: Float64Array, first: number, end: number): void {
    let at = first;
    for (let more = this.open(0x5b); more; more = this.more(0x5d)) {
      if (at >= end) throw declined;
      numbers[at++] = this.#shortWhole() ?? this.whole();
    }
    if (at !== end) throw declined;
  }

  /** One digit in quotes, which most buckets are; `undefined` where something else stands. */
  #shortWhole(): number | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    const digit = (bytes[at + 1] as number) - zero;
    if (bytes[at] !== quote || bytes[at + 2] !== quote || digit < 0 || digit > 9) return undefined;
    this.#at = at + 3;
    return digit;
  }

  /** A whole number of at most 15 digits, as a number or as a string. */
  whole(): number {
    const isQuoted = this.#peek() === quote;
    if (isQuoted) this.#at++;
    const first = this.#at;
    let value = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) value = value * 10 + digit;
    const digits = this.#at - first;
    if (digits === 0 || digits > exactDigits) throw declined;
    if (isQuoted) this.#expect(quote);
    else if ((digits > 1 && this.#bytes[first] === zero) || !this.#isOver()) throw declined;
    return value;
  }

  /** A number from 0 on. */
  number(): number {
    this.#peek();
    const first = this.#at;
    let mantissa = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) mantissa = mantissa * 10 + digit;
    const whole = this.#at - first;
    if (whole === 0 || (whole > 1 && this.#bytes[first] === zero)) throw declined;
    let places = 0;
    if (this.#bytes[this.#at] === point) {
      const after = ++this.#at;
      for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) mantissa = mantissa * 10 + digit;
      places = this.#at - after;
      if (places === 0) throw declined;
    }
    if (!this.#isOver()) return this.#withExponent(first);
    // a whole number below 2^53 divided by a power of ten that a double holds is rounded once, as the text itself would be
    if (mantissa <= Number.MAX_SAFE_INTEGER && places < tens.length) return mantissa / (tens[places] as number);
    return finite(latin(this.#bytes, first, this.#at));
  }

  /** True or false. */
  boolean(): boolean {
    const isTrue = this.#peek() === trueBytes[0];
    this.literal(isTrue ? trueBytes : falseBytes);
    return isTrue;
  }

  #withExponent(first: number): number {
    const mark = this.#bytes[this.#at++];
    if (mark !== 0x65 && mark !== 0x45) throw declined;
    const sign = this.#bytes[this.#at];
    if (sign === minus || sign === 0x2b) this.#at++;
    const after = this.#at;
    while (this.#digit() >= 0);
    if (this.#at === after || !this.#isOver()) throw declined;
    return finite(latin(this.#bytes, first, this.#at));
  }

  /** The next byte as a digit, which is taken; -1 where it is none. */
  #digit(): number {
    const digit = (this.#bytes[this.#at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return -1;
    this.#at++;
    return digit;
  }

  /** Whether a number ends here. */
  #isOver(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === undefined || byte === comma || byte === 0x7d || byte === 0x5d || byte <= 0x20;
  }

  /** The next byte that is no white space, which stays. */
  #peek(): number | undefined {
    let byte = this.#bytes[this.#at];
    if (byte !== undefined && byte > 0x20) return byte;
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.#bytes[++this.#at];
    return byte;
  }

  #expect(expected: number): void {
    if (this.#peek() !== expected) throw declined;
    this.#at++;
  }
}

const trueBytes = new TextEncoder().encode("true");
const falseBytes = new TextEncoder().encode("false");

/** A number whose text is one of JSON's: only its size is left to judge. */
function finite(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number)) throw declined;
  return number;
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}
