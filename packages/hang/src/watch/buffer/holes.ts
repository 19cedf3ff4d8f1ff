/** Sequences that may still come late before they count as missing. */
const maxHoles = 64;

/** Sequences that were passed without having been seen, and those the peer said will not come. */
export class Holes {
  readonly #tell: (outcome: "missing" | "reset", count: number) => void;
  readonly #open = new Set<number>();
  readonly #notified = new Set<number>();
  constructor(tell: (outcome: "missing" | "reset", count: number) => void) {
    this.#tell = tell;
  }
  /** Play went from one sequence to a later one. A jump over more than 64 is a new numbering, not a loss. */
  between(from: number, to: number): void {
    if (to - from - 1 > maxHoles) return;
    for (let sequence = from + 1; sequence < to; sequence++) if (!this.#notified.has(sequence)) this.#open.add(sequence);
    for (const sequence of this.#open) {
      if (this.#open.size <= maxHoles) break;
      this.#open.delete(sequence);
      this.#tell("missing", 1);
    }
  }
  /** A passed sequence has come after all. False if it was not awaited any more. */
  filled(sequence: number): boolean {
    return this.#open.delete(sequence);
  }
  /** The peer says that these will not come. */
  notified(first: number, last: number, known: (sequence: number) => boolean): void {
    const end = Math.min(last, first + maxHoles - 1);
    for (let sequence = first; sequence <= end; sequence++) {
      if (known(sequence) || this.#notified.has(sequence)) continue;
      this.#notified.add(sequence);
      this.#tell("reset", 1);
    }
    for (const sequence of this.#notified) {
      if (this.#notified.size <= maxHoles) break;
      this.#notified.delete(sequence);
    }
  }
  allNotified(first: number, last: number): boolean {
    if (last < first || last - first >= maxHoles) return false;
    for (let sequence = first; sequence <= last; sequence++) if (!this.#notified.has(sequence)) return false;
    return true;
  }
  close(): void {
    if (this.#open.size > 0) this.#tell("missing", this.#open.size);
    this.#open.clear();
  }
}
