import type { Delay, MediaGaps } from "./arrivals.ts";
import type { GroupCounts } from "./group-ledger.ts";

/** Where a viewer stands. */
export const SubscribeState = {
  connecting: "connecting",
  /** Connected; the broadcast is not there. */
  waiting: "waiting",
  /** The broadcast is there; no frame has come since. */
  starting: "starting",
  receiving: "receiving",
  /** The connection is gone and is made again. */
  reconnecting: "reconnecting",
  ended: "ended",
} as const;
export type SubscribeState = (typeof SubscribeState)[keyof typeof SubscribeState];

/** How long it took to the first frame, in milliseconds; a phase that was not reached is absent. */
export interface Startup {
  /** Start to first session. */
  readonly connectMs?: number;
  /** Session to the broadcast being there. */
  readonly announceMs?: number;
  /** Broadcast to catalog; absent when tracks were named and no catalog was read. */
  readonly catalogMs?: number;
  /** Catalog to first frame. */
  readonly frameMs?: number;
  /** Start to first frame, less what was spent waiting for a broadcast that was not there. */
  readonly totalMs?: number;
  /** Time spent in state `waiting` before the first frame. */
  readonly waitedMs: number;
}
/** One track up to now. */
export interface TrackReport {
  readonly name: string;
  /** What became of each group; their sum is the number of groups from the first one received to the newest one known. */
  readonly groups: GroupCounts;
  /** Groups per reason, of all that were not received whole. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Whole groups that came again after a reconnect. */
  readonly duplicates: number;
  /** First and newest group of the present publisher. */
  readonly range?: { readonly first: number; readonly newest: number };
  readonly frames: number;
  readonly bytes: number;
  /** Over the time since the report before; absent in a summary. */
  readonly framesPerSecond?: number;
  readonly bitsPerSecond?: number;
  readonly gaps: MediaGaps;
  /** Lateness against the fastest frame of this track, milliseconds; absent before the first live frame. */
  readonly delayMs?: Delay;
}
export interface SubscribeReport {
  readonly type: "report";
  /** Milliseconds since the start. */
  readonly elapsedMs: number;
  readonly state: SubscribeState;
  readonly startup: Startup;
  /** Sessions after the first one. */
  readonly reconnects: number;
  readonly tracks: readonly TrackReport[];
}
export interface SubscribeSummary extends Omit<SubscribeReport, "type"> {
  readonly type: "summary";
  /** Why it is over. */
  readonly reason: "ended" | "duration" | "stopped";
}
