import type { FleetService, Vocabulary } from "./vocabulary.ts";

/** One series of the fleet as it is kept across a restart. */
export interface SeriesSnapshot {
  readonly service: FleetService;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** When it was zero first, epoch milliseconds. */
  readonly startMs: number;
  /** The value, or count, sum and buckets. */
  readonly row: readonly number[];
}
/** The sessions as they are kept across a restart: plain arrays of one entry for each session, the longest silent first. */
export interface SessionsSnapshot {
  readonly ids: readonly string[];
  /** Columns of the table by name. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
  /** The packed points of all, one after another; column `bytes` tells how many are whose. */
  readonly packed: Uint8Array;
  /** Sessions that were dropped: id, start of their last report, when they went. */
  readonly dropped: readonly (readonly [string, number, number])[];
  /** When a session went for want of room last; `null` for never. */
  readonly lastLruMs: number | null;
}
/**
 * All that a fleet knows, to go on after a restart as if nothing had been: then no session has to rebase and every series goes on. Plain
 * objects, arrays, numbers, strings and one Uint8Array: what `v8.serialize` and `structuredClone` carry.
 */
export interface FleetSnapshot {
  /** What the numbers in it mean: a snapshot of another vocabulary is refused. */
  readonly layout: string;
  /** Id of the process: the one that takes the snapshot over keeps it. */
  readonly gatewayId: string;
  readonly savedMs: number;
  /** Country, browser and device by the number in column `viewer`. */
  readonly viewers: readonly (readonly string[])[];
  /** Path by the number in column `broadcast`; 0 is none. */
  readonly broadcasts: readonly string[];
  /** Paths of the broadcasts with series of their own, and since when. */
  readonly members: readonly (readonly [string, number])[];
  readonly sessions: SessionsSnapshot;
  readonly series: readonly SeriesSnapshot[];
}

/** What tells one vocabulary from another: every metric with the places that its label sets take, and its buckets. */
export function layoutOf(vocabulary: Vocabulary): string {
  const metrics = [...vocabulary.metrics()].map(({ name, firstPlace, firstSlot, keys, bounds }) => [
    name,
    firstPlace,
    firstSlot,
    keys.map((key) => [key.name, ...key.values]),
    bounds ?? 0,
  ]);
  return JSON.stringify(metrics);
}
