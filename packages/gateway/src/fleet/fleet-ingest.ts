import type { sets, ValueOf } from "@moqscope/telemetry";
import type { RejectReason } from "../error.ts";
import { malformed } from "../error.ts";
import { accepted, type Format, type Partial, refusedPartial } from "../otlp/answer.ts";
import { decodeMetrics } from "../otlp/decode.ts";
import type { ResourceMetrics } from "../otlp/model.ts";
import type { Breakdown } from "./breakdown.ts";
import type { FleetSeries } from "./fleet-series.ts";
import type { ReportHead, SessionIdentity } from "./head.ts";
import { judge, type ResyncReason, type Verdict } from "./judge.ts";
import type { FleetLimits } from "./limits.ts";
import { Merge } from "./merge.ts";
import { JsonReports } from "./read-json.ts";
import { readModel } from "./read-model.ts";
import { Report } from "./report.ts";
import { sessionServices } from "./session-columns.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionTable } from "./session-table.ts";
import { stateNumber } from "./session-view.ts";
import type { Viewers } from "./viewer.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What the gateway counts about the reports it gets. */
export interface IngestMeter {
  rejected(reason: RejectReason, count: number): void;
  resync(reason: ResyncReason): void;
  duplicate(): void;
  gap(missing: number): void;
  points(result: ValueOf<typeof sets.pointResult>, count: number): void;
  /** A point was cut by this rule. */
  clamped(rule: ValueOf<typeof sets.clampRule>): void;
  /** How far the wall clock of a report's sender is ahead of the gateway's, milliseconds. */
  skew(aheadMs: number): void;
}
export interface IngestParts {
  readonly gatewayId: string;
  readonly limits: FleetLimits;
  readonly vocabulary: Vocabulary;
  readonly viewers: Viewers;
  readonly table: SessionTable;
  readonly series: FleetSeries;
  readonly breakdown: Breakdown;
  readonly meter: IngestMeter;
}
/** How a report arrived. */
export interface Arrival {
  /** Epoch milliseconds of the gateway. */
  readonly nowMs: number;
  /** The header `moq-gateway`: the process that the values are meant for. */
  readonly gateway: string | undefined;
  readonly context: SessionContext;
  /** Told who reports before anything of the report is judged; what it throws refuses the report whole. */
  readonly admit?: (who: SessionIdentity) => void;
}
export interface ReportAnswer {
  readonly partial: Partial;
  /** Nothing of the report counted; the client must rebase its values. */
  readonly isResync: boolean;
}

const taken: ReportAnswer = { partial: accepted, isResync: false };
const resync: ReportAnswer = { partial: accepted, isResync: true };

/** Session-cumulative reports → one series per closed label set (fleet aggregation, sections 3 and 4). */
export class FleetIngest {
  readonly #parts: IngestParts;
  readonly #report: Report;
  readonly #merge: Merge;
  readonly #json: JsonReports;
  #lastPlayerMs = Number.NEGATIVE_INFINITY;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#report = new Report(parts.limits.pointsPerReport);
    this.#merge = new Merge(parts);
    this.#json = new JsonReports(parts.vocabulary, this.#report);
  }

  /** When a player's report counted last, if not before `sinceMs`. */
  lastReportMs(sinceMs: number): number | undefined {
    return this.#lastPlayerMs >= sinceMs ? this.#lastPlayerMs : undefined;
  }

  /** Takes the body of one report, inflated. Throws GatewayError `malformed`, or what `admit` throws; then nothing of it was merged. */
  take(format: Format, body: Uint8Array, arrival: Arrival): ReportAnswer {
    this.#report.clear();
    const isRead = format === "otlp_json" && this.#json.read(body);
    return isRead ? this.#take(arrival) : this.ingest(decodeMetrics(format, body), arrival);
  }

  /** Takes one report that was read already. Throws as `take` does. */
  ingest(request: readonly ResourceMetrics[], arrival: Arrival): ReportAnswer {
    this.#report.clear();
    readModel(request, { report: this.#report, vocabulary: this.#parts.vocabulary });
    return this.#take(arrival);
  }

  #take(arrival: Arrival): ReportAnswer {
    const { table, meter, gatewayId } = this.#parts;
    const report = this.#report;
    const { head } = report;
    if (head === undefined) throw malformed("a report says who sends it");
    arrival.admit?.(head);
    const row = table.find(head.sessionId);
    const verdict = judge({ head, report, table, row, isHere: arrival.gateway === gatewayId, nowMs: arrival.nowMs });
    switch (verdict.kind) {
      case "resync":
        meter.resync(verdict.reason);
        return resync;
      case "duplicate":
        meter.duplicate();
        return taken;
      case "merge":
      case "baseline":
        return this.#count(head, { row, verdict, arrival });
    }
  }

  #count(head: ReportHead, { row: known, verdict, arrival }: Counting): ReportAnswer {
    const { table, meter, series } = this.#parts;
    const report = this.#report;
    const { nowMs } = arrival;
    const row = known < 0 ? this.#begin(head, arrival) : known;
    this.#age(head, row, nowMs);
    const isRebase = verdict.kind === "merge" && verdict.isRebase;
    const at = { row, isRebase, isStock: head.order === undefined, isCounted: verdict.kind === "merge", nowMs };
    this.#merge.measure(report, at);
    // from here on nothing throws
    this.#advance(head, row, nowMs);
    table.touch(row);
    if (verdict.kind === "baseline") meter.resync("compat");
    if (isRebase) meter.resync("start_changed");
    if (report.timeMs !== 0) meter.skew(report.timeMs - nowMs);
    series.report(head.service, nowMs);
    if (head.service === "moq-player") this.#lastPlayerMs = nowMs;
    this.#merge.add(report, at);
    if (report.refused.size === 0) return taken;
    for (const [reason, count] of report.refused) meter.rejected(reason, count);
    return { partial: refusedPartial(report.refused), isResync: false };
  }

  #begin(head: ReportHead, { nowMs, context }: Arrival): number {
    const { table, viewers, breakdown, limits } = this.#parts;
    const row = table.add(head.sessionId, nowMs);
    const { columns } = table;
    const { startMs, timeMs } = this.#report;
    columns.service[row] = sessionServices.indexOf(head.service);
    columns.viewer[row] = viewers.numberOf(context);
    columns.broadcast[row] = breakdown.broadcasts.hold(context.broadcast, nowMs);
    columns.firstSeenMs[row] = nowMs;
    columns.firstAgeMs[row] = Math.min(limits.idleExpiryMs, Math.max(0, timeMs - startMs));
    return row;
  }

  /**
   * How long a session had run when it was first seen: the most that a report of it lets one think, since the first may have come late. By
   * its own count and not by the start: after a rebase that is the time of the rebase, and the values hold what came before it.
   */
  #age({ elapsedMs }: ReportHead, row: number, nowMs: number): void {
    const { firstAgeMs, firstSeenMs } = this.#parts.table.columns;
    const ageMs = Math.min(this.#parts.limits.idleExpiryMs, elapsedMs - (nowMs - (firstSeenMs[row] ?? 0)));
    firstAgeMs[row] = Math.max(firstAgeMs[row] ?? 0, ageMs);
  }

  #advance({ order, state, isFinal }: ReportHead, row: number, nowMs: number): void {
    const { columns } = this.#parts.table;
    const { startMs, timeMs } = this.#report;
    if (order !== undefined) {
      const last = columns.sequence[row] ?? 0;
      if (last > 0 && order.sequence > last + 1) this.#parts.meter.gap(order.sequence - last - 1);
      columns.sequence[row] = order.sequence;
    }
    if (startMs !== 0) columns.startMs[row] = startMs;
    if (timeMs !== 0) columns.timeMs[row] = timeMs;
    columns.lastSeenMs[row] = nowMs;
    columns.state[row] = stateNumber(state);
    columns.endedMs[row] = isFinal ? nowMs : 0;
  }
}

interface Counting {
  readonly row: number;
  readonly verdict: Verdict & { kind: "merge" | "baseline" };
  readonly arrival: Arrival;
}
