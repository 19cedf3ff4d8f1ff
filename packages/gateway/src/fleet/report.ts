import type { RejectReason } from "../error.ts";
import type { ReportHead } from "./head.ts";
import type { FleetMetric, Placed } from "./vocabulary.ts";

/** What a point says of itself beside its numbers. Times are epoch milliseconds of the sender, 0 where it gave none. */
interface PointAt extends Placed {
  readonly startMs: number;
  readonly timeMs: number;
}
/** One observation of a point with the trace behind it. */
export interface ReportExemplar {
  readonly point: number;
  readonly value: number;
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** Most numbers that one point has; more buckets are in no set of the registry. */
export const widestPoint = 24;

/**
 * One report in the form in which it is merged: numbers in one array, no object per point. It is read into, judged, merged and used again
 * for the next report.
 */
export class Report {
  head: ReportHead | undefined;
  count = 0;
  /** Oldest start and newest time of all points; 0 where there are none. */
  startMs = 0;
  timeMs = 0;
  readonly places: Int32Array;
  readonly foldHigh: Uint32Array;
  readonly foldLow: Uint32Array;
  /** Where the numbers of each point begin in `numbers`. */
  readonly offsets: Int32Array;
  readonly starts: Float64Array;
  /** The value of a counter; count, sum and buckets of a histogram. */
  readonly numbers: Float64Array;
  readonly exemplars: ReportExemplar[] = [];
  readonly refused = new Map<RejectReason, number>();
  readonly #limit: number;
  #end = 0;
  #isTimed = false;

  constructor(pointsPerReport: number) {
    this.#limit = pointsPerReport;
    this.places = new Int32Array(pointsPerReport);
    this.foldHigh = new Uint32Array(pointsPerReport);
    this.foldLow = new Uint32Array(pointsPerReport);
    this.offsets = new Int32Array(pointsPerReport);
    this.starts = new Float64Array(pointsPerReport);
    // room for one point more: its numbers are read before it is known whether it has a place
    this.numbers = new Float64Array((pointsPerReport + 1) * widestPoint);
  }

  clear(): void {
    this.head = undefined;
    this.count = 0;
    this.startMs = 0;
    this.timeMs = 0;
    this.#isTimed = false;
    this.#end = 0;
    if (this.exemplars.length > 0) this.exemplars.length = 0;
    if (this.refused.size > 0) this.refused.clear();
  }

  get isFull(): boolean {
    return this.count >= this.#limit;
  }

  /** Where the numbers of the next point go. */
  get next(): number {
    return this.#end;
  }

  /** Takes the numbers that were written from `next` on as a point. */
  add(metric: FleetMetric, { place, fold, startMs, timeMs }: PointAt): void {
    const at = this.count++;
    this.places[at] = place.id;
    this.foldHigh[at] = fold.high;
    this.foldLow[at] = fold.low;
    this.offsets[at] = this.#end;
    this.starts[at] = startMs;
    this.#end += metric.width;
    this.note(startMs, timeMs);
  }

  /** Takes a point's times into those of the report. */
  note(startMs: number, timeMs: number): void {
    if (!this.#isTimed || startMs < this.startMs) this.startMs = startMs;
    if (timeMs > this.timeMs) this.timeMs = timeMs;
    this.#isTimed = true;
  }

  refuse(reason: RejectReason, count = 1): void {
    if (count > 0) this.refused.set(reason, (this.refused.get(reason) ?? 0) + count);
  }
}
