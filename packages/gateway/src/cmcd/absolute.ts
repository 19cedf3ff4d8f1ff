/**
 * A figure of a session that the player either tells itself, as a total since its session began (CMCD `bsa`, `bsda`, `dfa`), or leaves to be
 * derived from its states. Once it has told a total, only that counts; what was derived before is part of it.
 */
export class Absolute {
  #counted = 0;
  #base: number | undefined;
  #isTold = false;

  /** What a derived amount adds to the count. */
  derive(amount: number): number {
    if (this.#isTold) return 0;
    this.#counted += amount;
    return amount;
  }

  /**
   * What a told total adds to the count; nothing where it fell. `isWhole`: the gateway saw the session from its first report on. Else what
   * was there before belongs to somebody else's count.
   */
  tell(total: number, isWhole: boolean): number {
    this.#isTold = true;
    this.#base ??= isWhole ? 0 : total - this.#counted;
    const growth = Math.max(0, total - this.#base - this.#counted);
    this.#counted += growth;
    return growth;
  }

  /** The player counts from zero again. */
  restart(): void {
    this.#base = -this.#counted;
  }
}
