import type { Books } from "./books.ts";

/** One report of a client: the truth when it was made, and what became of it on the way. */
export interface SentReport {
  readonly sequence: number;
  /** Rebases of the client before it. */
  readonly epoch: number;
  readonly truth: Float64Array;
  /** It names the process that it is meant for; without one it counts nowhere. */
  readonly isAddressed: boolean;
  underWay: number;
  isAcknowledged: boolean;
  isUnanswered: boolean;
}
interface Counted {
  readonly sequence: number;
  readonly epoch: number;
  readonly truth: Float64Array;
}

/** The runs of a client that share a session id, one after the other. */
export interface Runs {
  count: number;
  /** By process: the newest run of which it counted something. */
  readonly newest: Map<string, number>;
}

/**
 * What must be counted of one run of a client, by the wire contract alone (fleet aggregation, section 3): it knows the truth at each report
 * and which reports a gateway took, and reads no value that client or gateway wrote.
 */
export class Account {
  readonly #books: Books;
  readonly #row: number;
  readonly #truth: Float64Array;
  readonly #runs: Runs;
  readonly #run: number;
  readonly #sent = new Map<number, SentReport>();
  /** By process: what it counted of this run last. */
  readonly #counted = new Map<string, Counted>();
  /** By epoch: the truth that counts as told before it. */
  readonly #bases: Float64Array[];

  /** `row`: where its numbers go in the books. */
  constructor(books: Books, row: number, { truth, runs }: { readonly truth: Float64Array; readonly runs: Runs }) {
    this.#books = books;
    this.#row = row;
    this.#truth = truth;
    this.#runs = runs;
    this.#run = runs.count++;
    this.#bases = [new Float64Array(truth.length)];
  }

  get #epoch(): number {
    return this.#bases.length - 1;
  }

  /** An attempt to send a report begins; a retry is of the same report. */
  leaves(sequence: number, isAddressed: boolean): SentReport {
    let report = this.#sent.get(sequence);
    if (report === undefined) {
      const fate = { underWay: 0, isAcknowledged: false, isUnanswered: false };
      report = { sequence, epoch: this.#epoch, truth: this.#truth.slice(), isAddressed, ...fate };
      this.#sent.set(sequence, report);
    }
    report.underWay++;
    return report;
  }

  /** A process of a gateway took a report: answered 2xx without a resync, whether or not the answer arrived. */
  taken(report: SentReport, process: string): void {
    // a report of an earlier run that arrives behind one of the next is out of date
    if (this.#run < (this.#runs.newest.get(process) ?? 0)) return;
    this.#runs.newest.set(process, this.#run);
    const before = this.#counted.get(process);
    if (before !== undefined && report.sequence <= before.sequence) return;
    const from = before?.epoch === report.epoch ? before.truth : this.#bases[report.epoch];
    if (from === undefined) throw new RangeError(`epoch ${report.epoch} has no base`);
    this.#books.count(process, this.#row, { from, to: report.truth });
    this.#counted.set(process, report);
  }

  /** No answer came in time. */
  isLost(report: SentReport): void {
    report.underWay--;
    report.isUnanswered = true;
  }

  /** An answer came; `true` where it says to rebase. */
  isAnswered(report: SentReport, answer: "taken" | "refused" | "resync"): void {
    report.underWay--;
    if (answer === "taken") report.isAcknowledged = true;
    if (answer !== "resync" || report.epoch !== this.#epoch) return;
    let base: Float64Array | undefined;
    for (const other of this.#sent.values()) {
      const isOut = other.isAcknowledged || other.isUnanswered || other.underWay > 0;
      if (other.epoch === this.#epoch && other.isAddressed && isOut) base = other.truth;
    }
    this.#bases.push(base ?? this.#bases[this.#epoch] ?? this.#truth);
  }
}
