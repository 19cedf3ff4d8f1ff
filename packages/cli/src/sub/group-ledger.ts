/** What became of a group. Every group between the first and the newest one has exactly one of these. */
export const GroupOutcome = {
  /** Begun and not ended yet. */
  open: "open",
  /** Received whole. */
  complete: "complete",
  /** Cut off by the peer before its end; the reason is what it said. */
  reset: "reset",
  /** Its frames could not be read. */
  invalid: "invalid",
  /** The peer said that it will not come; the reason is the code it gave. */
  skipped: "skipped",
  /** Cut off, or produced, while there was no connection or no route; the reason says which. */
  lost: "lost",
  /** Never came, and nobody said why. */
  missing: "missing",
} as const;
export type GroupOutcome = (typeof GroupOutcome)[keyof typeof GroupOutcome];
export type GroupCounts = Readonly<Record<GroupOutcome, number>>;

/** Told of groups `first` to `last`, both inclusive. A group that came after all is told again as `complete`. */
export interface GroupFate {
  readonly first: number;
  readonly last: number;
  readonly outcome: GroupOutcome;
  readonly reason?: string;
}
interface Gap {
  first: number;
  last: number;
  outcome: "missing" | "skipped" | "lost";
  reason: string | undefined;
}
interface Entry {
  outcome: Exclude<GroupOutcome, "complete">;
  reason: string | undefined;
}
/** Unsuccessful groups, and ranges of them, that are remembered one by one; older ones are only counted. */
export const maxRemembered = 4096;
/** Different reasons that are counted apart; peers choose the numbers that become reasons. */
const maxReasons = 64;

/**
 * The book of one track's groups. A sequence from the first to the newest is in exactly one place: in a range of groups that have
 * not come, among the entries (open or failed), or else it is complete; so nothing can go without a trace.
 */
export class GroupLedger {
  readonly #onFate: (fate: GroupFate) => void;
  readonly #entries = new Map<number, Entry>();
  #gaps: Gap[] = [];
  #folded: Record<GroupOutcome, number> = none();
  #foldedInRange = 0;
  #total = 0;
  #reasons = new Map<string, number>();
  #first: number | undefined;
  #newest = -1;
  #interruption: string | undefined;
  #resumeFrom: number | undefined;
  #duplicates = 0;
  constructor(onFate: (fate: GroupFate) => void = () => {}) {
    this.#onFate = onFate;
  }
  /** First and newest sequence since the publisher began; `undefined` before the first group. */
  get range(): { readonly first: number; readonly newest: number } | undefined {
    return this.#first === undefined ? undefined : { first: this.#first, newest: this.#newest };
  }
  /** The first group that lacks something since reading was interrupted; `undefined` while it is not. */
  get resumeFrom(): number | undefined {
    return this.#resumeFrom;
  }
  /** Groups that came a second time although they were whole, as the newest one does after a reconnect. */
  get duplicates(): number {
    return this.#duplicates;
  }
  get counts(): GroupCounts {
    const counts = { ...this.#folded };
    let inRange = this.#first === undefined ? 0 : this.#newest - this.#first + 1;
    for (const { outcome } of this.#entries.values()) {
      counts[outcome]++;
      inRange--;
    }
    for (const gap of this.#gaps) {
      counts[gap.outcome] += length(gap);
      inRange -= length(gap);
    }
    // What was folded has left the books, but lies in the range still.
    counts.complete += inRange - this.#foldedInRange;
    return counts;
  }
  /** Groups per reason, of all that were not received whole. */
  get reasons(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#reasons);
  }
  /** How many groups there were, received or not. */
  get total(): number {
    return this.#total;
  }
  /** A group begins. False if it was whole already: then its frames are not new. */
  began(sequence: number): boolean {
    const interruption = this.#interruption;
    // Whatever comes first shows that the way is open again.
    this.#interruption = undefined;
    this.#resumeFrom = undefined;
    if (this.#first === undefined) this.#open(sequence);
    else if (sequence > this.#newest) this.#absent(this.#newest + 1, sequence - 1, interruption);
    else if (sequence < this.#first) this.#before(sequence);
    else if (!this.#again(sequence)) {
      this.#duplicates++;
      return false;
    }
    if (sequence > this.#newest) this.#reach(sequence);
    this.#entries.set(sequence, { outcome: "open", reason: undefined });
    return true;
  }
  /** Its end was received. */
  finished(sequence: number): void {
    if (this.#entries.get(sequence)?.outcome !== "open") return;
    this.#entries.delete(sequence);
    this.#tell(sequence, sequence, "complete");
  }
  /** It will not be whole. While the connection is going down that is not the group's own fate: see `interrupted`. */
  failed(sequence: number, outcome: "reset" | "invalid" | "lost", reason: string): void {
    const entry = this.#entries.get(sequence);
    if (entry?.outcome !== "open") return;
    entry.outcome = outcome;
    this.#blame(entry, reason, 1);
    this.#tell(sequence, sequence, outcome, reason);
    this.#fold();
  }
  /** The peer says that these will not come, both ends inclusive. Groups that came stay what they are. */
  skipped(first: number, last: number, reason: string): void {
    if (this.#first === undefined || last < first) return;
    if (last > this.#newest) {
      this.#absent(this.#newest + 1, last);
      this.#reach(last);
    }
    for (const gap of this.#gaps.filter((gap) => gap.first <= last && gap.last >= first && gap.outcome !== "skipped")) {
      const [from, to] = [Math.max(first, gap.first), Math.min(last, gap.last)];
      this.#carve(gap, from, to);
      this.#insert({ first: from, last: to, outcome: "skipped", reason: undefined }, reason);
    }
  }
  /** No connection, or no route, until the next group: open groups are lost, and so is what does not come before it. */
  interrupted(reason: string): void {
    if (this.#first !== undefined && this.#resumeFrom === undefined) {
      const open = [...this.#entries].filter(([, { outcome }]) => outcome === "open").map(([sequence]) => sequence);
      this.#resumeFrom = Math.min(this.#newest + 1, ...open);
    }
    for (const [sequence, entry] of this.#entries) if (entry.outcome === "open") this.failed(sequence, "lost", reason);
    // The first cause is the cause, whatever else follows from it.
    this.#interruption ??= reason;
  }
  /** The track is over; `end` is the first group that never will exist. */
  ended(end: number): void {
    if (this.#first === undefined || end - 1 <= this.#newest) return;
    this.#absent(this.#newest + 1, end - 1, this.#interruption);
    this.#reach(end - 1);
  }
  /** Another publisher takes over, whose sequences begin anew. */
  restarted(): void {
    this.interrupted("publisher changed");
    const counts = this.counts;
    this.#folded = { ...counts };
    this.#foldedInRange = 0;
    this.#entries.clear();
    this.#gaps = [];
    this.#first = undefined;
    this.#newest = -1;
    this.#interruption = undefined;
    this.#resumeFrom = undefined;
  }
  #open(sequence: number): void {
    this.#first = sequence;
    this.#newest = sequence - 1;
  }
  #reach(sequence: number): void {
    this.#total += sequence - this.#newest;
    this.#newest = sequence;
  }
  /** `first` to `last` were stepped over. */
  #absent(first: number, last: number, reason?: string): void {
    if (last < first) return;
    const outcome = reason === undefined ? "missing" : "lost";
    this.#insert({ first, last, outcome, reason: undefined }, reason ?? "never came");
  }
  #before(sequence: number): void {
    const first = this.#first ?? sequence;
    this.#total += first - sequence;
    this.#first = sequence;
    if (first - 1 > sequence) this.#insert({ first: sequence + 1, last: first - 1, outcome: "missing", reason: undefined }, "never came");
  }
  /** A group of the past that had not come, or not whole. */
  #again(sequence: number): boolean {
    const gap = this.#gaps.find(({ first, last }) => first <= sequence && sequence <= last);
    if (gap) this.#carve(gap, sequence, sequence);
    const entry = this.#entries.get(sequence);
    if (entry?.reason !== undefined) this.#count(entry.reason, -1);
    return gap !== undefined || entry !== undefined;
  }
  #insert(gap: Gap, reason: string): void {
    this.#blame(gap, reason, length(gap));
    this.#gaps.push(gap);
    this.#tell(gap.first, gap.last, gap.outcome, reason);
    this.#fold();
  }
  /** Takes `first` to `last` out of a gap. */
  #carve(gap: Gap, first: number, last: number): void {
    const parts = [
      { ...gap, last: first - 1 },
      { ...gap, first: last + 1 },
    ];
    this.#gaps = this.#gaps.filter((other) => other !== gap).concat(parts.filter((part) => part.first <= part.last));
    if (gap.reason !== undefined) this.#count(gap.reason, first - last - 1);
  }
  #blame(what: { reason: string | undefined }, reason: string, groups: number): void {
    what.reason = this.#reasons.has(reason) || this.#reasons.size < maxReasons ? reason : "other";
    this.#count(what.reason, groups);
  }
  #count(reason: string, groups: number): void {
    const left = (this.#reasons.get(reason) ?? 0) + groups;
    if (left > 0) this.#reasons.set(reason, left);
    else this.#reasons.delete(reason);
  }
  #tell(first: number, last: number, outcome: GroupOutcome, reason?: string): void {
    this.#onFate({ first, last, outcome, ...(reason === undefined ? {} : { reason }) });
  }
  #fold(): void {
    while (this.#gaps.length > maxRemembered) {
      const gap = this.#gaps.shift();
      if (gap) this.#put(gap.outcome, length(gap));
    }
    for (const [sequence, { outcome }] of this.#entries) {
      if (this.#entries.size <= maxRemembered) return;
      this.#entries.delete(sequence);
      this.#put(outcome, 1);
    }
  }
  #put(outcome: GroupOutcome, groups: number): void {
    this.#folded[outcome] += groups;
    this.#foldedInRange += groups;
  }
}
function none(): Record<GroupOutcome, number> {
  return { open: 0, complete: 0, reset: 0, invalid: 0, skipped: 0, lost: 0, missing: 0 };
}
function length({ first, last }: { readonly first: number; readonly last: number }): number {
  return last - first + 1;
}
