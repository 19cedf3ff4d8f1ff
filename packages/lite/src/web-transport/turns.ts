import type { Clock } from "../clock.ts";

/** A stream that takes turns. */
export interface Turn {
  readonly priority: number;
  /** Rises with every stream: among equal priorities the earlier goes first. */
  readonly order: number;
  /** Hands the next piece over; settles when the platform has taken it. Never rejects. */
  step(): Promise<void>;
  /** Whether there is something to hand over. */
  readonly waiting: boolean;
}

/** Without the platform taking its piece for so long, milliseconds, a stream holds back nobody: its own credit may be what is missing. */
const patienceMs = 100;

/**
 * Strict order between the streams of a session, as far as an API of independent writers permits: while a stream's piece is not
 * taken, nobody behind it hands one over. The API does not tell whether the link is full or the peer reads just that stream too
 * slowly, so after 100 ms the next one gets a turn: on a full link that lets one piece per 100 ms overtake, and no more.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting = new Set<Turn>();
  readonly #stepping = new Map<Turn, number>();
  #cancel: (() => void) | undefined;
  #stopped = false;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** It has something to hand over. */
  wake(turn: Turn): void {
    if (this.#stopped || this.#stepping.has(turn)) return;
    this.#waiting.add(turn);
    this.#next();
  }
  leave(turn: Turn): void {
    this.#waiting.delete(turn);
    if (this.#stepping.delete(turn)) this.#next();
  }
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    this.#stepping.clear();
    this.#cancel?.();
  }
  #next(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (let first = this.#first(); first; first = this.#first()) {
      const heldMs = this.#heldMs(first);
      if (heldMs > 0) {
        this.#cancel = this.#clock.after(heldMs, () => this.#next());
        return;
      }
      this.#waiting.delete(first);
      this.#stepping.set(first, this.#clock.now());
      void this.#step(first); // Never rejects.
    }
  }
  #first(): Turn | undefined {
    let first: Turn | undefined;
    for (const turn of this.#waiting) if (!first || isAhead(turn, first)) first = turn;
    return first;
  }
  /** How long those ahead of it still hold it back. */
  #heldMs(turn: Turn): number {
    const now = this.#clock.now();
    let held = 0;
    for (const [other, sinceMs] of this.#stepping) if (isAhead(other, turn)) held = Math.max(held, sinceMs + patienceMs - now);
    return held;
  }
  async #step(turn: Turn): Promise<void> {
    await turn.step();
    if (!this.#stepping.delete(turn) || this.#stopped) return;
    if (turn.waiting) this.#waiting.add(turn);
    this.#next();
  }
}

function isAhead(a: Turn, b: Turn): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}
