/** Most lines that wait for one that was overtaken; one more and the gap is given up. */
const mostHeld = 32;
/** Most numbers remembered as given up, so that they are still known when they come late. */
const mostMissing = 64;

export type Place = "ready" | "held" | "late" | "duplicate";

/**
 * Puts the reports of one session in the order of their numbers (CMCD `sn`, from 0 on): a player sends each event in a request of its own,
 * and requests overtake each other. What is given up as lost and comes after all is `late`.
 */
export class SequenceWindow<T> {
  #next: number;
  readonly #held = new Map<number, T>();
  readonly #missing = new Set<number>();

  constructor(next: number) {
    this.#next = next;
  }

  /** The number that is waited for. */
  get next(): number {
    return this.#next;
  }

  /** Reports that wait for an earlier one. */
  get held(): number {
    return this.#held.size;
  }

  /** Takes a report; `drain` gives those whose turn it is. */
  take(sn: number, report: T): Place {
    if (sn < this.#next) return this.#missing.delete(sn) ? "late" : "duplicate";
    if (this.#held.has(sn)) return "duplicate";
    this.#held.set(sn, report);
    return sn === this.#next ? "ready" : "held";
  }

  /** Whether more wait than may. */
  get isFull(): boolean {
    return this.#held.size > mostHeld;
  }

  /** Gives up what is missing before the first report that waits; answers how many numbers that is. */
  skip(): number {
    const first = Math.min(...this.#held.keys());
    if (!Number.isFinite(first)) return 0;
    const missing = first - this.#next;
    for (let sn = Math.max(this.#next, first - mostMissing); sn < first; sn++) this.#missing.add(sn);
    for (const sn of this.#missing) {
      if (this.#missing.size <= mostMissing) break;
      this.#missing.delete(sn);
    }
    this.#next = first;
    return missing;
  }

  /** The reports whose turn it is, in order. */
  *drain(): Generator<T> {
    for (;;) {
      const report = this.#held.get(this.#next);
      if (report === undefined) return;
      this.#held.delete(this.#next++);
      yield report;
    }
  }
}
