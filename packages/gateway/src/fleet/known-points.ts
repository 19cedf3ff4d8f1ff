import { longestPoint } from "./point-codec.ts";
import { widestPoint } from "./report.ts";
import type { Place } from "./vocabulary.ts";

/**
 * What one session said last of each of its points, unpacked: read from the table before a report is judged, written back after it was
 * merged, and used again for the next session.
 */
export class KnownPoints {
  readonly placesAll: readonly Place[];
  count = 0;
  /** The most bytes that these points can ever take, packed. */
  longest = 0;
  readonly places: Int32Array;
  readonly foldHigh: Uint32Array;
  readonly foldLow: Uint32Array;
  /** Start of each point by the sender's clock, where it was ever another one than that of its session's report; else 0. */
  readonly starts: Float64Array;
  /** What of each point went into the fleet: the value, or the number of observations. */
  readonly counted: Float64Array;
  /** What was said before a rebase, for the totals of the session: value or count, and sum. */
  readonly carriedCount: Float64Array;
  readonly carriedSum: Float64Array;
  /** The newest value, or count, sum and buckets, as sent: `widestPoint` numbers for each point. */
  readonly numbers: Float64Array;
  /** Index by place, right where `round` says so. */
  readonly #at: Int32Array;
  readonly #longest: Uint16Array;
  readonly #round: Uint32Array;
  #now = 0;

  constructor(places: readonly Place[], limit: number) {
    this.placesAll = places;
    this.places = new Int32Array(limit);
    this.foldHigh = new Uint32Array(limit);
    this.foldLow = new Uint32Array(limit);
    this.starts = new Float64Array(limit);
    this.counted = new Float64Array(limit);
    this.carriedCount = new Float64Array(limit);
    this.carriedSum = new Float64Array(limit);
    this.numbers = new Float64Array(limit * widestPoint);
    this.#at = new Int32Array(places.length);
    this.#longest = Uint16Array.from(places, ({ metric }) => longestPoint(metric));
    this.#round = new Uint32Array(places.length);
  }

  clear(): void {
    this.count = 0;
    this.longest = 0;
    this.#now = (this.#now + 1) >>> 0;
    if (this.#now === 0) {
      this.#round.fill(0);
      this.#now = 1;
    }
  }

  /** Adds a point whose numbers are all 0. Answers its index. */
  add(place: number, high: number, low: number): number {
    const at = this.count++;
    this.longest += this.#longest[place] as number;
    this.places[at] = place;
    this.foldHigh[at] = high;
    this.foldLow[at] = low;
    this.starts[at] = 0;
    this.counted[at] = 0;
    this.carriedCount[at] = 0;
    this.carriedSum[at] = 0;
    const from = at * widestPoint;
    this.numbers.fill(0, from, from + this.widthOf(at));
    if (low === 0) {
      this.#at[place] = at;
      this.#round[place] = this.#now;
    }
    return at;
  }

  /** Whether one more point may be remembered in so many bytes. */
  hasRoom(place: number, bytes: number): boolean {
    return this.count < this.places.length && this.longest + (this.#longest[place] as number) <= bytes;
  }

  /** Index of a point, or -1. */
  find(place: number, high: number, low: number): number {
    if (low === 0) return this.#round[place] === this.#now ? (this.#at[place] ?? -1) : -1;
    for (let at = 0; at < this.count; at++)
      if (this.foldLow[at] === low && this.foldHigh[at] === high && this.places[at] === place) return at;
    return -1;
  }

  place(at: number): Place {
    return this.placesAll[this.places[at] ?? 0] as Place;
  }

  widthOf(at: number): number {
    return this.place(at).metric.width;
  }

  /** The base of one point becomes zero: the session has rebased its values. */
  reset(at: number): void {
    const from = at * widestPoint;
    const width = this.widthOf(at);
    this.carriedCount[at] = (this.carriedCount[at] ?? 0) + (this.numbers[from] ?? 0);
    if (width > 1) this.carriedSum[at] = (this.carriedSum[at] ?? 0) + (this.numbers[from + 1] ?? 0);
    this.numbers.fill(0, from, from + width);
  }

  /** A session's value, or its number of observations, from its beginning. */
  total(at: number): number {
    return (this.carriedCount[at] ?? 0) + (this.numbers[at * widestPoint] ?? 0);
  }

  /** The sum of a session's observations from its beginning. */
  sum(at: number): number {
    return (this.carriedSum[at] ?? 0) + (this.numbers[at * widestPoint + 1] ?? 0);
  }
}
