import type { LinkSettings } from "./settings.ts";

/**
 * Which datagrams are lost: independently, or in bursts by the model of Gilbert and Elliott, whose good state loses nothing. Two
 * numbers are drawn for each datagram whatever the settings, so that a change never shifts what is drawn later.
 */
export class LossModel {
  readonly #random: () => number;
  #bad = false;
  constructor(random: () => number) {
    this.#random = random;
  }
  /** Judges the next datagram. */
  loses({ loss, lossBurst, lossInBurst }: LinkSettings): boolean {
    const move = this.#random();
    const fate = this.#random();
    if (lossBurst <= 1 || loss === 0) return fate < loss;
    const leave = 1 / lossBurst;
    const badShare = loss / lossInBurst;
    const enter = (leave * badShare) / (1 - badShare);
    this.#bad = this.#bad ? move >= leave : move < enter;
    return this.#bad && fate < lossInBurst;
  }
}
