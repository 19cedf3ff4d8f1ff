import { maxReportPoints } from "@moqscope/telemetry";

/** What one report and the whole audience may cost (fleet aggregation, sections 4 and 8). */
export interface FleetLimits {
  /** Sessions in the table; the one longest silent makes room. */
  readonly sessions: number;
  /** Points of one report that are read; what is over is refused. */
  readonly pointsPerReport: number;
  /** Different points that one session may ever send. */
  readonly pointsPerSession: number;
  /** Bytes that the points of all sessions may take, packed; the sessions longest silent make room. */
  readonly pointBytes: number;
  /** Broadcasts with series of their own; all others are `other`. */
  readonly broadcasts: number;
  /** Silence after which a session is over; at least 4 × interval. */
  readonly idleExpiryMs: number;
  /** Silence after which a session no longer counts as live; at least 3 × interval. */
  readonly liveTtlMs: number;
  /** How long an ended session stays, so that late repeats are known. */
  readonly endedKeptMs: number;
  /** How long the id of a dropped session is remembered, so that a report repeated very late is not counted again. */
  readonly droppedKeptMs: number;
}
export const defaultFleetLimits: FleetLimits = {
  sessions: 20_000,
  pointsPerReport: maxReportPoints,
  pointsPerSession: 512,
  pointBytes: 256 * 1024 * 1024,
  broadcasts: 100,
  idleExpiryMs: 120_000,
  liveTtlMs: 90_000,
  endedKeptMs: 60_000,
  droppedKeptMs: 3_600_000,
};

/** The limits that hang on the report interval, widened for it. */
export function limitsFor(intervalMs: number, given: globalThis.Partial<FleetLimits> = {}): FleetLimits {
  const limits = { ...defaultFleetLimits, ...given };
  return {
    ...limits,
    idleExpiryMs: given.idleExpiryMs ?? Math.max(limits.idleExpiryMs, 4 * intervalMs),
    liveTtlMs: given.liveTtlMs ?? Math.max(limits.liveTtlMs, 3 * intervalMs),
  };
}
