/** How a group ended, for the player (metrics.md §2). */
export type GroupOutcome = "complete" | "late" | "skipped" | "incomplete" | "reset" | "missing";

/** Sequences that may still come late before they count as missing; a longer jump is a new numbering, not a loss. */
const maxHoles = 64;
/** Sequences behind the playhead whose outcome is remembered, so that a group that comes again is not counted again. */
const remembered = 1024;

/** What became of each sequence of a track: every one gets one outcome, whichever way it is lost. */
export class GroupLedger {
  readonly #tell: (outcome: GroupOutcome, count: number) => void;
  readonly #holes = new Set<number>();
  readonly #settled = new Set<number>();
  #reached: number | undefined;
  #forgotten = Number.NEGATIVE_INFINITY;
  constructor(tell: (outcome: GroupOutcome, count: number) => void) {
    this.#tell = tell;
  }
  /** Whether a group of this sequence may still come to something: it has no outcome yet. It is no hole from now on. */
  admit(sequence: number): boolean {
    if (sequence <= this.#forgotten || this.#settled.has(sequence)) return false;
    this.#holes.delete(sequence);
    return true;
  }
  /** This is how a group ended. */
  settle(sequence: number, outcome: GroupOutcome): void {
    this.#settled.add(sequence);
    this.#tell(outcome, 1);
  }
  /** Play goes from one sequence to a later one; what lies between, and neither came nor has its outcome, is a hole. */
  move(from: number, to: number, isHere: (sequence: number) => boolean): void {
    this.#reached = to;
    if (to - from - 1 <= maxHoles)
      for (let sequence = from + 1; sequence < to; sequence++)
        if (!this.#settled.has(sequence) && !isHere(sequence)) this.#holes.add(sequence);
    for (const sequence of this.#holes) {
      if (this.#holes.size <= maxHoles) break;
      this.#close(sequence, "missing");
    }
    this.#forget(to);
  }
  /** The peer says that these will not come. Counts at most 64 that lie ahead, however many it names. */
  notified(first: number, last: number, isHere: (sequence: number) => boolean): void {
    for (const sequence of this.#holes) if (sequence >= first && sequence <= last) this.#close(sequence, "reset");
    if (this.#reached === undefined) return;
    const begin = Math.max(first, this.#reached + 1);
    const end = Math.min(last, begin + maxHoles - 1, this.#reached + remembered);
    for (let sequence = begin; sequence <= end; sequence++)
      if (!isHere(sequence) && !this.#settled.has(sequence)) this.settle(sequence, "reset");
  }
  /** Whether nothing that lies between can come any more. */
  allSettled(first: number, last: number): boolean {
    if (last < first || last - first >= maxHoles) return false;
    for (let sequence = first; sequence <= last; sequence++) if (!this.#settled.has(sequence)) return false;
    return true;
  }
  /** Nothing more comes: what lacks up to the last sequence that came, or was said to be lost, is a hole. */
  reachEnd(here: Iterable<number>, isHere: (sequence: number) => boolean): void {
    for (const sequence of [...here, ...this.#settled].sort((a, b) => a - b))
      if (this.#reached !== undefined && sequence > this.#reached) this.move(this.#reached, sequence, isHere);
  }
  /** What is a hole now stays one. */
  close(): void {
    for (const sequence of this.#holes) this.#close(sequence, "missing");
  }
  #close(hole: number, outcome: "missing" | "reset"): void {
    this.#holes.delete(hole);
    this.settle(hole, outcome);
  }
  #forget(reached: number): void {
    if (this.#settled.size <= 2 * remembered) return;
    const before = reached - remembered;
    for (const sequence of this.#settled) if (sequence <= before) this.#settled.delete(sequence);
    for (const sequence of this.#holes) if (sequence <= before) this.#close(sequence, "missing");
    this.#forgotten = Math.max(this.#forgotten, before);
  }
}
