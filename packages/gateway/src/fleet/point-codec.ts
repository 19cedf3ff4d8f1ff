import type { KnownPoints } from "./known-points.ts";
import { widestPoint } from "./report.ts";
import { pageBytes } from "./slab.ts";
import type { FleetMetric } from "./vocabulary.ts";

/**
 * How the points of a session are kept: each as place and flags, what the flags announce, then its number, or its sum, a bit for each bucket
 * that is not 0, and those buckets. Whole numbers take the bytes they need, others nine.
 */
const folded = 1;
/** Start of its own: the reports of a stock SDK. */
const started = 2;
/** Counted, carriedCount and carriedSum differ from what the numbers say: a clamp or a rebase. */
const extra = 4;
const flagBits = 3;
const longestVarint = 8;
const longestNumber = 9;

/** The most bytes that a point of this metric ever takes. */
export function longestPoint({ bounds }: FleetMetric): number {
  const head = 3 + 8 + longestNumber + 3 * longestNumber;
  return bounds === undefined ? head + longestNumber : head + longestNumber + 4 + (bounds.length + 1) * longestVarint;
}

/** Packs and unpacks the points of sessions. */
export class PointCodec {
  /** What `pack` wrote, from 0 to the size that it answered. */
  readonly packed = new Uint8Array(pageBytes);
  readonly #float = new Float64Array(1);
  readonly #floatBytes = new Uint8Array(this.#float.buffer);
  #bytes: Uint8Array = this.packed;
  #at = 0;

  /** Writes all points into `packed`. Answers how many bytes they take. */
  pack(points: KnownPoints): number {
    this.#bytes = this.packed;
    this.#at = 0;
    for (let at = 0; at < points.count; at++) this.#packPoint(points, at);
    return this.#at;
  }

  /** Reads `size` bytes of a page from `from` on. */
  unpack(points: KnownPoints, bytes: Uint8Array, from: number, size: number): void {
    points.clear();
    this.#bytes = bytes;
    this.#at = from;
    const end = from + size;
    while (this.#at < end) this.#unpackPoint(points);
  }

  #packPoint(points: KnownPoints, at: number): void {
    const from = at * widestPoint;
    const flags = flagsOf(points, at);
    this.#varint(((points.places[at] ?? 0) << flagBits) | flags);
    if ((flags & folded) !== 0) {
      this.#word(points.foldHigh[at] ?? 0);
      this.#word(points.foldLow[at] ?? 0);
    }
    if ((flags & started) !== 0) this.#number(points.starts[at] ?? 0);
    if ((flags & extra) !== 0) {
      this.#number(points.counted[at] ?? 0);
      this.#number(points.carriedCount[at] ?? 0);
      this.#number(points.carriedSum[at] ?? 0);
    }
    const width = points.widthOf(at);
    if (width === 1) this.#number(points.numbers[from] ?? 0);
    else this.#packBuckets(points.numbers, from, from + width);
  }

  #packBuckets(numbers: Float64Array, from: number, end: number): void {
    this.#number(numbers[from + 1] ?? 0);
    let filled = 0;
    for (let at = from + 2, bit = 1; at < end; at++, bit <<= 1) if (numbers[at] !== 0) filled |= bit;
    this.#varint(filled);
    for (let at = from + 2; at < end; at++) if (numbers[at] !== 0) this.#varint(numbers[at] ?? 0);
  }

  #unpackPoint(points: KnownPoints): void {
    const head = this.#readVarint();
    let high = 0;
    let low = 0;
    if ((head & folded) !== 0) {
      high = this.#readWord();
      low = this.#readWord();
    }
    const at = points.add(head >>> flagBits, high, low);
    if ((head & started) !== 0) points.starts[at] = this.#readNumber();
    const isExtra = (head & extra) !== 0;
    if (isExtra) {
      points.counted[at] = this.#readNumber();
      points.carriedCount[at] = this.#readNumber();
      points.carriedSum[at] = this.#readNumber();
    }
    const from = at * widestPoint;
    if (points.widthOf(at) === 1) points.numbers[from] = this.#readNumber();
    else this.#unpackBuckets(points.numbers, from);
    if (!isExtra) points.counted[at] = points.numbers[from] ?? 0;
  }

  #unpackBuckets(numbers: Float64Array, from: number): void {
    numbers[from + 1] = this.#readNumber();
    let count = 0;
    let filled = this.#readVarint();
    for (let at = from + 2; filled !== 0; at++, filled >>>= 1) {
      if ((filled & 1) === 0) continue;
      const bucket = this.#readVarint();
      numbers[at] = bucket;
      count += bucket;
    }
    numbers[from] = count;
  }

  /** A whole number from 0 to 2^53. */
  #varint(value: number): void {
    let rest = value;
    while (rest > 0x0fffffff) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #readVarint(): number {
    let byte = this.#bytes[this.#at++] ?? 0;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  #word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#at++] = value >>> shift;
  }

  #readWord(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= (this.#bytes[this.#at++] ?? 0) << shift;
    return value >>> 0;
  }

  /** A whole number up to 2^51 as an even varint, any other as a 1 and its eight bytes. */
  #number(value: number): void {
    if (value >= 0 && value < 2 ** 51 && Math.floor(value) === value) return this.#varint(value * 2);
    this.#bytes[this.#at++] = 1;
    this.#float[0] = value;
    for (let index = 0; index < 8; index++) this.#bytes[this.#at++] = this.#floatBytes[index] ?? 0;
  }

  #readNumber(): number {
    if (this.#bytes[this.#at] !== 1) return this.#readVarint() / 2;
    this.#at++;
    for (let index = 0; index < 8; index++) this.#floatBytes[index] = this.#bytes[this.#at++] ?? 0;
    return this.#float[0] ?? 0;
  }
}

function flagsOf(points: KnownPoints, at: number): number {
  const isExtra = points.counted[at] !== points.numbers[at * widestPoint] || points.carriedCount[at] !== 0 || points.carriedSum[at] !== 0;
  return (points.foldLow[at] === 0 ? 0 : folded) | (points.starts[at] === 0 ? 0 : started) | (isExtra ? extra : 0);
}
