/** Resource attributes of a player's report (fleet-aggregation.md §3). */
export const reportAttributes = {
  service: "service.name",
  session: "session.id",
  sequence: "moq.report.sequence",
  acked: "moq.report.acked",
  elapsedMs: "moq.report.elapsed_ms",
  final: "moq.report.final",
  state: "moq.session.state",
} as const;

/** HTTP headers between player and gateway (fleet-aggregation.md §3). */
export const reportHeaders = {
  /** Id of the gateway process that the values are meant for; in every answer. */
  gateway: "moq-gateway",
  /** `1`: nothing of this report was counted, rebase. */
  resync: "moq-resync",
  /** Milliseconds from one report to the next. */
  interval: "moq-report-interval",
  /** The session's id, for load balancers that keep a session on one gateway. */
  session: "moq-session",
} as const;

/** Most points that one report holds. */
export const maxReportPoints = 256;

/** The value of the header `moq-report-interval`: milliseconds. */
export function formatReportInterval(ms: number): string {
  return String(Math.round(ms));
}

/** Milliseconds from the header `moq-report-interval`; `undefined` when it is no number from 100 to an hour. */
export function parseReportInterval(text: string | null | undefined): number | undefined {
  const ms = Number(text ?? Number.NaN);
  return ms >= 100 && ms <= 3_600_000 ? ms : undefined;
}
