import type { JsonScanner } from "./json-scanner.ts";
import type { FleetMetric, Key, Place, Vocabulary } from "./vocabulary.ts";
import { Words } from "./words.ts";

/** The beginning of a point up to the end of its attributes, as it was met before, and the place that it means. */
interface Opening {
  readonly bytes: Uint8Array;
  readonly place: Place;
}
/** Openings remembered of a metric: players write each label set in one way. */
const openingsKept = 24;

/** A metric of the vocabulary in the form in which it is recognized in bytes. */
export class PlainMetric {
  readonly metric: FleetMetric;
  /** The unit and the bounds as players write them in JSON. */
  readonly unit: Uint8Array;
  readonly boundsText: Uint8Array;
  readonly isHistogram: boolean;
  /** The attributes that a report gives, by their index in `sent`. */
  readonly keys: Words;
  readonly #sent: readonly Key[];
  readonly #values: readonly Words[];
  readonly #places: readonly Place[];
  readonly #all: number;
  readonly #openings: Opening[] = [];
  /** The opening that is likely next. */
  #likely = 0;

  constructor(metric: FleetMetric, places: readonly Place[]) {
    const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    this.metric = metric;
    this.unit = encode(metric.record.unit);
    this.isHistogram = metric.bounds !== undefined;
    this.boundsText = encode(metric.bounds ?? []);
    this.#sent = metric.sent;
    this.keys = new Words(metric.sent.map(({ name }) => name));
    this.#values = metric.sent.map(({ values }) => new Words(values));
    this.#places = places;
    this.#all = 2 ** metric.sent.length - 1;
  }

  /** Passes over the beginning of a point where it is known. Answers its place. */
  opened(scan: JsonScanner): Place | undefined {
    const known = this.#openings.length;
    for (let tried = 0, index = this.#likely; tried < known; tried++, index++) {
      if (index >= known) index = 0;
      const { bytes, place } = this.#openings[index] as Opening;
      if (!scan.skip(bytes)) continue;
      this.#likely = index + 1 < known ? index + 1 : 0;
      return place;
    }
    return undefined;
  }

  /** Remembers the beginning of a point. */
  learn(opening: Uint8Array, place: Place): void {
    if (this.#openings.length < openingsKept) this.#openings.push({ bytes: Uint8Array.from(opening), place });
  }

  /** The values of an attribute. */
  values(key: number): Words {
    return this.#values[key] as Words;
  }

  /** Places from one value of an attribute to the next. */
  stride(key: number): number {
    return (this.#sent[key] as Key).placeStride;
  }

  /** The place so far from the first one; `undefined` where an attribute is missing. */
  placeOf(seen: number, offset: number): Place | undefined {
    return seen === this.#all ? this.#places[this.metric.firstPlace + offset] : undefined;
  }
}

const made = new WeakMap<Vocabulary, PlainMetrics>();

/** The vocabulary as it is recognized in bytes; the same for everyone who reads with it. */
export class PlainMetrics {
  static of(vocabulary: Vocabulary): PlainMetrics {
    let known = made.get(vocabulary);
    if (known === undefined) made.set(vocabulary, (known = new PlainMetrics(vocabulary)));
    return known;
  }

  readonly #all: readonly PlainMetric[];
  readonly #names: Words;

  constructor(vocabulary: Vocabulary) {
    this.#all = [...vocabulary.metrics()].map((metric) => new PlainMetric(metric, vocabulary.places));
    this.#names = new Words(this.#all.map(({ metric }) => metric.name));
  }

  /** The metric whose name `bytes` hold there. */
  find(bytes: Uint8Array, at: { readonly from: number; readonly to: number; readonly hash: number }): PlainMetric | undefined {
    return this.#all[this.#names.find(bytes, at)];
  }
}
