import type { Exemplar } from "../export/series-view.ts";

/** The newest exemplar of each bucket of a series; of a counter there is one. */
export class Exemplars {
  readonly #bounds: readonly number[];
  /** By bucket; old ones are the reader's to leave out. */
  readonly newest: (Exemplar | undefined)[] = [];

  constructor(bounds: readonly number[] = []) {
    this.#bounds = bounds;
  }

  /** Keeps an exemplar if it is no older than that of its bucket. */
  offer(exemplar: Exemplar): void {
    const found = this.#bounds.findIndex((bound) => exemplar.value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    if ((this.newest[bucket]?.atMs ?? Number.NEGATIVE_INFINITY) <= exemplar.atMs) this.newest[bucket] = exemplar;
  }
}
