/** What one direction did, counted by the proxy: the truth that metrics are compared with. A parcel is a datagram, or a piece of a TCP stream. */
export interface LinkCounters {
  /** Came in. */
  readonly offered: number;
  readonly offeredBytes: number;
  /** Went out, copies included. */
  readonly passed: number;
  readonly passedBytes: number;
  /** Went out later than they came in, by the settings. */
  readonly delayed: number;
  /** Time in the proxy of everything that went out, its own part included: divided by `passed` it is the true mean delay. */
  readonly heldMs: number;
  readonly longestHeldMs: number;
  /** Dropped by `loss`. */
  readonly lost: number;
  /** Dropped because the queue of the rate was full. */
  readonly overflowed: number;
  readonly blackholed: number;
  /** Whose receiver had gone. */
  readonly abandoned: number;
  /** Copies made. */
  readonly duplicated: number;
  /** Went out after one that came in later. */
  readonly reordered: number;
  /** Inside the proxy at this moment. */
  readonly waiting: number;
  readonly waitingBytes: number;
}
export type Tally = { -readonly [Name in keyof LinkCounters]: number };

export function newTally(): Tally {
  return {
    offered: 0,
    offeredBytes: 0,
    passed: 0,
    passedBytes: 0,
    delayed: 0,
    heldMs: 0,
    longestHeldMs: 0,
    lost: 0,
    overflowed: 0,
    blackholed: 0,
    abandoned: 0,
    duplicated: 0,
    reordered: 0,
    waiting: 0,
    waitingBytes: 0,
  };
}

/** Everything of a direction that came in and never goes out. */
export function dropped({ lost, overflowed, blackholed, abandoned }: LinkCounters): number {
  return lost + overflowed + blackholed + abandoned;
}
