import type { SessionState } from "@moqscope/telemetry";
import type { DerivedLabels, FleetMetric } from "./vocabulary.ts";

/** What a session said last of one point. */
export interface Baseline {
  readonly metric: FleetMetric;
  readonly slot: number;
  /** The newest value, or count, sum and buckets, as sent. */
  readonly row: Float64Array;
  /** What was said before a rebase, for the totals of the session. */
  carriedCount: number;
  carriedSum: number;
  /** What of it went into the fleet: the value, or the number of observations. */
  counted: number;
  /** Start of this point by the sender's clock; differs from the session's only in the reports of a stock SDK. */
  startMs: number;
}

/** One playback session in the table (fleet aggregation, section 4). */
export interface Session {
  readonly id: string;
  readonly service: string;
  readonly labels: DerivedLabels;
  /** Epoch milliseconds of the gateway. */
  readonly firstSeenMs: number;
  /** How long it had run when it was first seen, by its own clock. */
  readonly firstAgeMs: number;
  lastSeenMs: number;
  sequence: number;
  /** Start and time of the newest report, by the client's clock. */
  startMs: number;
  timeMs: number;
  state: SessionState;
  /** The transport it named last, for what the gateway writes in its place. */
  transport: string;
  endedMs: number | undefined;
  readonly points: Map<number | string, Baseline>;
}

/** The base of every point of a session becomes zero: it has rebased its values (answer to a resync). */
export function rebase(session: Session): void {
  for (const baseline of session.points.values()) resetBaseline(baseline);
}

/** The base of one point becomes zero. */
export function resetBaseline(baseline: Baseline): void {
  const isHistogram = baseline.metric.bounds !== undefined;
  baseline.carriedCount += baseline.row[0] ?? 0;
  if (isHistogram) baseline.carriedSum += baseline.row[1] ?? 0;
  baseline.row.fill(0);
}
