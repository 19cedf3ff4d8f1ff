/** Milliseconds after the missed deadline at which a stall counts (metrics.md §3). */
export const stallConfirmMs = 100;

export type StallState = { readonly kind: "none" } | { readonly kind: "suspected" | "confirmed"; readonly sinceMs: number };

/** The rule of rebuffering: it begins at the deadline of what was due and not there, counts after 100 ms and ends when media is presented. */
export class StallDetector {
  #state: StallState = { kind: "none" };
  get state(): StallState {
    return this.#state;
  }
  get confirmed(): boolean {
    return this.#state.kind === "confirmed";
  }
  /** What was due at `deadlineMs` is not there. True at the moment the stall becomes one that counts. */
  missing(deadlineMs: number, nowMs: number): boolean {
    if (this.#state.kind === "none") this.#state = { kind: "suspected", sinceMs: deadlineMs };
    if (this.#state.kind !== "suspected" || nowMs - this.#state.sinceMs < stallConfirmMs) return false;
    this.#state = { kind: "confirmed", sinceMs: this.#state.sinceMs };
    return true;
  }
  /** Media is presented and the clock moves, or the rule no longer applies (paused, hidden, offline): milliseconds of a confirmed stall. */
  end(nowMs: number): number | undefined {
    const state = this.#state;
    this.#state = { kind: "none" };
    return state.kind === "confirmed" ? nowMs - state.sinceMs : undefined;
  }
}
