import { declined, type JsonScanner } from "./json-scanner.ts";

/** Reads the two times of each point; all points of a report have the same, so the same bytes again are passed over at once. */
export class PointTimes {
  startMs = 0;
  timeMs = 0;
  readonly #start = new NanosMemo();
  readonly #time = new NanosMemo();
  /** Where both stood last, one right after the other, from the comma before on; nowhere is from 0 to 0. */
  #from = 0;
  #to = 0;
  #startEnd = 0;

  /** Forgets the body before. */
  forget(): void {
    this.#start.forget();
    this.#time.forget();
    this.#from = 0;
    this.#to = 0;
  }

  /** Begins a point. */
  begin(): void {
    this.startMs = 0;
    this.timeMs = 0;
    this.#startEnd = 0;
  }

  /** Passes over both where they stand as in the point before. */
  same(scan: JsonScanner): boolean {
    if (!scan.repeat(this.#from, this.#to)) return false;
    this.startMs = this.#start.ms;
    this.timeMs = this.#time.ms;
    return true;
  }

  /** Reads the start, whose key stands at `key`. */
  start(scan: JsonScanner, key: number): void {
    this.startMs = this.#start.read(scan);
    this.#from = key - 1;
    this.#to = 0;
    this.#startEnd = scan.at;
  }

  /** Reads the time, whose key stands at `key`. */
  time(scan: JsonScanner, key: number): void {
    this.timeMs = this.#time.read(scan);
    this.#to = this.#startEnd === key - 1 ? scan.at : 0;
  }
}

/** Reads nanoseconds in quotes as milliseconds; the digits of the last time are known. */
export class NanosMemo {
  ms = 0;
  #from = 0;
  #to = 0;

  forget(): void {
    this.#from = 0;
    this.#to = 0;
  }

  read(scan: JsonScanner): number {
    scan.string();
    if (this.#isSame(scan)) return this.ms;
    const text = scan.text();
    if (!/^\d{1,20}$/.test(text)) throw declined;
    this.#from = scan.from;
    this.#to = scan.to;
    this.ms = Number(text) / 1e6;
    return this.ms;
  }

  #isSame({ bytes, from, to }: JsonScanner): boolean {
    const length = to - from;
    if (length === 0 || length !== this.#to - this.#from) return false;
    // the last digits are those that differ
    for (let at = length - 1; at >= 0; at--) if (bytes[from + at] !== bytes[this.#from + at]) return false;
    return true;
  }
}
