import type { sets, ValueOf } from "@moqscope/telemetry";
import type { ReportHead } from "./head.ts";
import type { Report } from "./report.ts";
import type { SessionTable } from "./session-table.ts";

export type ResyncReason = ValueOf<typeof sets.resyncReason>;

/** What the state machine says of a report before its points are looked at (fleet aggregation, section 4). */
export type Verdict =
  | { readonly kind: "merge"; readonly isRebase: boolean }
  /** A stock SDK whose past is unknown: its values become the base and count nothing. */
  | { readonly kind: "baseline" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "resync"; readonly reason: ResyncReason };

const whole: Verdict = { kind: "merge", isRebase: false };
const rebased: Verdict = { kind: "merge", isRebase: true };
const baseline: Verdict = { kind: "baseline" };
const duplicate: Verdict = { kind: "duplicate" };
const moved: Verdict = { kind: "resync", reason: "moved" };
const unknownAcked: Verdict = { kind: "resync", reason: "unknown_acked" };

/** Age up to which a stock SDK's first report counts whole. */
const compatWholeMs = 120_000;

export interface Judged {
  readonly head: ReportHead;
  readonly report: Report;
  readonly table: SessionTable;
  /** Row of the session, -1 where it is unknown. */
  readonly row: number;
  /** Whether the values are meant for this process. */
  readonly isHere: boolean;
  readonly nowMs: number;
}

/** What becomes of a report. The sender's clock is used for its age alone, two times of the same clock. */
export function judge(judged: Judged): Verdict {
  const { head, report, table, row, isHere } = judged;
  if (head.order !== undefined && !isHere) return moved;
  if (row < 0) return judgeUnknown(judged);
  const { sequence, startMs, timeMs } = table.columns;
  if (head.order === undefined) return report.timeMs <= (timeMs[row] ?? 0) ? duplicate : whole;
  // the start only ever moves on: an earlier one is of values before a rebase, or of a client before its restart under the same id,
  // and a later one is new whatever its sequence says
  const began = startMs[row] ?? 0;
  const isDated = report.startMs !== 0 && began !== 0;
  if (isDated && report.startMs > began) return rebased;
  return (isDated && report.startMs < began) || head.order.sequence <= (sequence[row] ?? 0) ? duplicate : whole;
}

function judgeUnknown({ head, report, table, nowMs }: Judged): Verdict {
  const { startMs, timeMs } = report;
  const ageMs = timeMs - startMs;
  if (head.order === undefined) return ageMs <= compatWholeMs ? whole : baseline;
  return head.order.acked === 0 && table.isSurelyNew(head.sessionId, { startMs, ageMs }, nowMs) ? whole : unknownAcked;
}
