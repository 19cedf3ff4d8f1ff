/** What one direction of a link does to what passes. */
export interface LinkSettings {
  /** Added to everything, beyond what the proxy itself takes. */
  readonly delayMs: number;
  /** Each parcel is delayed by `delayMs` ± up to this much, evenly spread; the order is kept. */
  readonly jitterMs: number;
  /** Share of the datagrams that is dropped, 0 to 1. UDP only. */
  readonly loss: number;
  /**
   * Mean datagrams in a row that a bad spell lasts (Gilbert and Elliott). 1: each datagram is judged for itself. `loss` stays the
   * share over a long time.
   */
  readonly lossBurst: number;
  /** Share that is dropped within a bad spell, above `loss`, up to 1. */
  readonly lossInBurst: number;
  /** Bits per second; 0 is without a limit. */
  readonly rateBps: number;
  /** Bytes that may leave at once after a quiet time (depth of the token bucket). */
  readonly burstBytes: number;
  /** Bytes that may wait for the rate. UDP: what finds no room is dropped. TCP: of each connection; its source waits. */
  readonly queueBytes: number;
  /** UDP: everything is dropped, what is under way as well. TCP: everything waits. Nobody is told. */
  readonly blackhole: boolean;
  /** Share of the datagrams that is held back by `reorderMs`, so that later ones overtake. UDP only. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** Share of the datagrams that is sent twice. UDP only. */
  readonly duplicate: number;
}

/** A link that changes nothing. */
export const clear: LinkSettings = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  lossBurst: 1,
  lossInBurst: 1,
  rateBps: 0,
  burstBytes: 3000,
  queueBytes: 256 * 1024,
  blackhole: false,
  reorder: 0,
  reorderMs: 5,
  duplicate: 0,
};

const ranges: Readonly<Record<Exclude<keyof LinkSettings, "blackhole">, readonly [least: number, most: number]>> = {
  delayMs: [0, 60_000],
  jitterMs: [0, 60_000],
  loss: [0, 1],
  lossBurst: [1, 1e6],
  lossInBurst: [0, 1],
  rateBps: [0, 1e12],
  burstBytes: [1, 1e9],
  queueBytes: [0, 1e9],
  reorder: [0, 1],
  reorderMs: [0, 60_000],
  duplicate: [0, 1],
};

/** The settings with a change applied. Throws RangeError for an unknown name, a value out of its range, or a loss that no burst can give. */
export function changed(settings: LinkSettings, change: Readonly<Record<string, unknown>>): LinkSettings {
  for (const [name, value] of Object.entries(change)) check(name, value);
  const next: LinkSettings = { ...settings, ...change };
  if (next.lossBurst > 1 && next.loss > 0 && next.loss >= next.lossInBurst)
    throw new RangeError(`loss ${next.loss} cannot come of bursts in which ${next.lossInBurst} is lost: it must be less`);
  return next;
}

function check(name: string, value: unknown): void {
  if (name === "blackhole") {
    if (typeof value !== "boolean") throw new RangeError(`blackhole is ${JSON.stringify(value)}, which is neither true nor false`);
    return;
  }
  const range = (ranges as Readonly<Record<string, readonly [number, number] | undefined>>)[name];
  if (!range) throw new RangeError(`there is no setting "${name}"; there are ${Object.keys(clear).join(", ")}`);
  const [least, most] = range;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw new RangeError(`${name} is ${JSON.stringify(value)}, which is no number from ${least} to ${most}`);
}
