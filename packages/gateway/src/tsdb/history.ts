import type { Labels } from "./labels.ts";
import { SampleList, stale, storable } from "./sample.ts";
import { coarseShape, fineShape, Tier } from "./tier.ts";

const coarseFactor = coarseShape.stepMs / fineShape.stepMs;
/** Labels, maps and objects of a series without a sample; measured, see docs/gateway-query.md. */
const seriesBytes = 3_200;

/** One Prometheus series: its samples at 1 s, and thinned to one in 10 s, which are a part of the former with the same times. */
export class History {
  readonly labels: Labels;
  readonly fine = new Tier(fineShape);
  readonly coarse = new Tier(coarseShape);

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** Estimated bytes of memory. */
  get bytes(): number {
    return seriesBytes + this.fine.bytes + this.coarse.bytes;
  }

  /** Epoch milliseconds of the newest sample or marker; below 0 where there is none. */
  get lastMs(): number {
    return this.fine.lastSlot * fineShape.stepMs;
  }

  get isStale(): boolean {
    return this.fine.lastValue === stale;
  }

  /** Adds a sample. It stands at the full second at or before `atMs`; a later one of the same second replaces it. */
  write(atMs: number, value: number): void {
    const slot = Math.floor(atMs / fineShape.stepMs);
    if (slot < this.fine.lastSlot || (slot === this.fine.lastSlot && this.isStale)) return;
    this.fine.put(slot, storable(value));
    const coarse = Math.floor(slot / coarseFactor);
    const offset = slot - coarse * coarseFactor;
    const { lastSlot, lastValue } = this.coarse;
    const isSame = coarse === lastSlot && (this.#coarseSecond === slot || lastValue === stale);
    if (coarse <= lastSlot && !isSame) return;
    this.coarse.put(coarse, storable(value), offset);
    this.#coarseSecond = slot;
  }
  #coarseSecond = -1;

  /**
   * Says that the counter was zero when it was created, unless it has a sample since: what it counted before its first sample counts
   * (Prometheus' created-timestamp zero ingestion).
   */
  begin(createdMs: number): void {
    if (createdMs > this.lastMs) this.write(createdMs, 0);
  }

  /** Says that the series has no value from `atMs` on, once. */
  end(atMs: number): void {
    if (this.fine.lastSlot < 0 || this.isStale) return;
    const slot = Math.max(Math.floor(atMs / fineShape.stepMs), this.fine.lastSlot + 1);
    this.fine.put(slot, stale);
    // the sample of these ten seconds stays: the marker takes the next slot, which a sample that comes after all takes from it
    const coarse = Math.floor(slot / coarseFactor);
    if (coarse === this.coarse.lastSlot) this.coarse.put(coarse + 1, stale);
    else this.coarse.put(coarse, stale, slot - coarse * coarseFactor);
  }

  /** Samples in (fromMs, toMs], oldest first: of each second as far back as those are kept, one in ten seconds before. */
  read(fromMs: number, toMs: number, out: SampleList = new SampleList()): SampleList {
    const fineMs = this.fine.firstMs;
    if (fromMs < fineMs) this.coarse.read({ out, fromMs, toMs: Math.min(toMs, fineMs - 1) });
    if (toMs >= fineMs) this.fine.read({ out, fromMs: Math.max(fromMs, fineMs - 1), toMs });
    return out;
  }
}
