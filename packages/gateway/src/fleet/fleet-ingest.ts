import type { sets, ValueOf } from "@moqscope/telemetry";
import type { RejectReason } from "../error.ts";
import { malformed } from "../error.ts";
import type { Format, Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import { decodeMetrics } from "../otlp/decode.ts";
import type { HistogramPoint, Metric, NumberPoint, ResourceMetrics } from "../otlp/model.ts";
import { clampGrowth, mostCounted } from "./clamp.ts";
import type { FleetSeries } from "./fleet-series.ts";
import { type ReportHead, readHead, type SessionIdentity } from "./head.ts";
import type { FleetLimits } from "./limits.ts";
import { checkMetric, noteTransport, readRow, rowWidth } from "./point.ts";
import { type Baseline, rebase, resetBaseline, type Session } from "./session.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionTable } from "./session-table.ts";
import { readUserAgent } from "./user-agent.ts";
import { type FleetMetric, type Place, placeOf, type Vocabulary } from "./vocabulary.ts";

export type ResyncReason = ValueOf<typeof sets.resyncReason>;

/** What the gateway counts about the reports it gets. */
export interface FleetMeter {
  rejected(reason: RejectReason, count: number): void;
  resync(reason: ResyncReason): void;
  duplicate(): void;
  gap(missing: number): void;
  points(result: ValueOf<typeof sets.pointResult>, count: number): void;
}
export interface FleetParts {
  readonly gatewayId: string;
  readonly limits: FleetLimits;
  readonly vocabulary: Vocabulary;
  readonly table: SessionTable;
  readonly series: FleetSeries;
  readonly meter: FleetMeter;
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

/** A point that was checked and waits to be merged: then a report that fails later has merged nothing. */
interface Pending {
  readonly metric: FleetMetric;
  readonly place: Place;
  readonly known: Baseline | undefined;
  readonly row: Float64Array;
  readonly point: NumberPoint | HistogramPoint;
}
/** What the state machine says of a report before its points are read. */
type Verdict =
  | { readonly kind: "merge"; readonly isNew: boolean; readonly isRebase: boolean }
  /** A stock SDK whose past is unknown: its values become the base and count nothing. */
  | { readonly kind: "baseline" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "resync"; readonly reason: ResyncReason };

interface Times {
  readonly startMs: number;
  readonly timeMs: number;
}

/** Age up to which a stock SDK's first report counts whole. */
const compatWholeMs = 120_000;

/** Session-cumulative reports → one series per closed label set (fleet aggregation, sections 3 and 4). */
export class FleetIngest {
  readonly #parts: FleetParts;
  #lastPlayerMs = Number.NEGATIVE_INFINITY;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  /** When a player's report counted last, if not before `sinceMs`. */
  lastReportMs(sinceMs: number): number | undefined {
    return this.#lastPlayerMs >= sinceMs ? this.#lastPlayerMs : undefined;
  }

  /** Takes the body of one report, inflated. Throws GatewayError `malformed`, or what `admit` throws; then nothing of it was merged. */
  take(format: Format, body: Uint8Array, arrival: Arrival): ReportAnswer {
    return this.ingest(decodeMetrics(format, body), arrival);
  }

  /** Takes one report that was read already. Throws as `take` does. */
  ingest(request: readonly ResourceMetrics[], arrival: Arrival): ReportAnswer {
    const [report, ...others] = request;
    if (report === undefined || others.length > 0) throw malformed(`a report is one resource, this body has ${request.length}`);
    const head = readHead(report.resource);
    arrival.admit?.(head);
    const times = timesOf(report.metrics);
    const verdict = this.#judge(head, times, arrival);
    switch (verdict.kind) {
      case "resync":
        this.#parts.meter.resync(verdict.reason);
        return { partial: accepted, isResync: true };
      case "duplicate":
        this.#parts.meter.duplicate();
        return { partial: accepted, isResync: false };
      case "merge":
      case "baseline":
        return { partial: this.#take({ head, times, metrics: report.metrics, verdict, arrival }), isResync: false };
    }
  }

  #judge(head: ReportHead, times: Times, { gateway, nowMs }: Arrival): Verdict {
    const { table, gatewayId } = this.#parts;
    if (head.order !== undefined && gateway !== gatewayId) return { kind: "resync", reason: "moved" };
    const session = table.get(head.sessionId);
    if (session === undefined) return this.#judgeUnknown(head, times, nowMs);
    if (head.order === undefined)
      return times.timeMs <= session.timeMs ? { kind: "duplicate" } : { kind: "merge", isNew: false, isRebase: false };
    // the start only ever moves on: an earlier one is of values before a rebase, or of a client before its restart under the same id,
    // and a later one is new whatever its sequence says
    const isDated = times.startMs !== 0 && session.startMs !== 0;
    const isRebase = isDated && times.startMs > session.startMs;
    const isOutdated = isDated && times.startMs < session.startMs;
    if (isOutdated || (!isRebase && head.order.sequence <= session.sequence)) return { kind: "duplicate" };
    return { kind: "merge", isNew: false, isRebase };
  }

  #judgeUnknown(head: ReportHead, { startMs, timeMs }: Times, nowMs: number): Verdict {
    const ageMs = timeMs - startMs;
    const whole: Verdict = { kind: "merge", isNew: true, isRebase: false };
    if (head.order === undefined) return ageMs <= compatWholeMs ? whole : { kind: "baseline" };
    const isNew = head.order.acked === 0 && this.#parts.table.isSurelyNew(head.sessionId, { startMs, ageMs }, nowMs);
    return isNew ? whole : { kind: "resync", reason: "unknown_acked" };
  }

  #take(report: Report): Partial {
    const { head, verdict, arrival } = report;
    const { table, meter, limits, series } = this.#parts;
    const session = table.get(head.sessionId) ?? newSession(report, limits.idleExpiryMs);
    const refused = new Map<RejectReason, number>();
    const pending = this.#check(session, report, refused);

    // from here on nothing throws
    this.#advance(session, report);
    table.touch(session, arrival.nowMs);
    if (session.service === "moq-player") {
      this.#lastPlayerMs = arrival.nowMs;
      series.report(arrival.nowMs);
    }
    let clamped = 0;
    let unchanged = 0;
    for (const each of pending) {
      const result = this.#merge(session, each, { isCounted: verdict.kind === "merge", nowMs: arrival.nowMs });
      if (result === "clamped") clamped++;
      else if (result === "unchanged") unchanged++;
    }
    meter.points("merged", pending.length - clamped - unchanged);
    meter.points("clamped", clamped);
    meter.points("unchanged", unchanged);
    return partialOf(refused, meter);
  }

  #advance(session: Session, { head, times, verdict, arrival }: Report): void {
    const { meter } = this.#parts;
    if (verdict.kind === "baseline") meter.resync("compat");
    if (verdict.kind === "merge" && verdict.isRebase) {
      rebase(session);
      meter.resync("start_changed");
    }
    if (head.order !== undefined) {
      const missing = head.order.sequence - session.sequence - 1;
      if (session.sequence > 0 && missing > 0) meter.gap(missing);
      session.sequence = head.order.sequence;
    }
    if (times.startMs !== 0) session.startMs = times.startMs;
    if (times.timeMs !== 0) session.timeMs = times.timeMs;
    session.lastSeenMs = arrival.nowMs;
    session.state = head.state;
    session.endedMs = head.isFinal ? arrival.nowMs : undefined;
  }

  #check(session: Session, { metrics, verdict, head }: Report, refused: Map<RejectReason, number>): Pending[] {
    const { limits, vocabulary } = this.#parts;
    const pending: Pending[] = [];
    const seen = new Set<number | string>();
    let read = 0;
    const refuse = (reason: RejectReason, count = 1): void => void refused.set(reason, (refused.get(reason) ?? 0) + count);
    for (const metric of metrics) {
      const known = checkMetric(vocabulary, head.service, metric);
      if (typeof known === "string") {
        refuse(known, metric.points.length);
        continue;
      }
      for (const point of metric.points) {
        if (++read > limits.pointsPerReport) {
          refuse("too_many_points");
          continue;
        }
        const checked = checkPoint(session, known, { point, isRebase: verdict.kind === "merge" && verdict.isRebase });
        if (typeof checked === "string") refuse(checked);
        else if (seen.has(checked.place.key)) refuse("malformed");
        else if (checked.known === undefined && session.points.size + pending.length >= limits.pointsPerSession) refuse("too_many_points");
        else {
          seen.add(checked.place.key);
          pending.push(checked);
        }
      }
    }
    return pending;
  }

  #merge(
    session: Session,
    { metric, place, known, row, point }: Pending,
    at: { isCounted: boolean; nowMs: number },
  ): "merged" | "clamped" | "unchanged" {
    const { series } = this.#parts;
    const baseline: Baseline = known ?? {
      metric,
      slot: place.slot,
      row: new Float64Array(row.length),
      carriedCount: 0,
      carriedSum: 0,
      counted: 0,
      startMs: point.startMs,
    };
    if (known === undefined) session.points.set(place.key, baseline);
    else if (session.sequence === 0 && point.startMs > known.startMs) resetBaseline(known);
    baseline.startMs = point.startMs;
    noteTransport(session, point);
    let isGrown = false;
    for (let column = 0; column < row.length; column++) {
      const value = row[column] ?? 0;
      row[column] = value - (baseline.row[column] ?? 0);
      baseline.row[column] = value;
      isGrown ||= row[column] !== 0;
    }
    if (!at.isCounted || !isGrown) {
      // a new label set exists from its first report on, also at zero
      if (at.isCounted) series.ensure(metric, place.slot, at.nowMs);
      return "unchanged";
    }
    const elapsedMs = at.nowMs - session.firstSeenMs + session.firstAgeMs;
    const isClamped = clampGrowth(metric, row, mostCounted(metric, elapsedMs / 1000) - baseline.counted);
    baseline.counted += row[0] ?? 0;
    if (series.ensure(metric, place.slot, at.nowMs)) series.merge(place.slot, row);
    return isClamped ? "clamped" : "merged";
  }
}

interface Report {
  readonly head: ReportHead;
  readonly times: Times;
  readonly metrics: readonly Metric[];
  readonly verdict: Verdict & { kind: "merge" | "baseline" };
  readonly arrival: Arrival;
}

function newSession({ head, times, arrival }: Report, longestAgeMs: number): Session {
  const { startMs, timeMs } = times;
  const { nowMs, context } = arrival;
  return {
    id: head.sessionId,
    service: head.service,
    labels: { region: "unknown", ...readUserAgent(context.userAgent) },
    firstSeenMs: nowMs,
    // after a rebase the start is that of the values, and they hold what came since the report before it
    firstAgeMs: Math.min(longestAgeMs, Math.max(0, timeMs - startMs, head.elapsedMs)),
    lastSeenMs: nowMs,
    sequence: 0,
    startMs,
    timeMs,
    state: head.state,
    transport: "unknown",
    endedMs: undefined,
    points: new Map(),
  };
}

function checkPoint(
  session: Session,
  metric: FleetMetric,
  given: { point: NumberPoint | HistogramPoint; isRebase: boolean },
): Pending | RejectReason {
  const { point, isRebase } = given;
  const row = new Float64Array(rowWidth(metric));
  const reason = readRow(metric, point, row);
  if (reason !== undefined) return reason;
  const place = placeOf(metric, point.attributes, session.labels);
  const known = session.points.get(place.key);
  const isReset = isRebase || (session.sequence === 0 && known !== undefined && point.startMs > known.startMs);
  if (known !== undefined && !isReset && row.some((value, column) => value < (known.row[column] ?? 0))) return "decreasing";
  return { metric, place, known, row, point };
}

/** Oldest start and newest time of all points; 0 where there are none. */
function timesOf(metrics: readonly Metric[]): Times {
  let startMs = Number.POSITIVE_INFINITY;
  let timeMs = 0;
  for (const metric of metrics) {
    for (const point of metric.points) {
      startMs = Math.min(startMs, point.startMs);
      timeMs = Math.max(timeMs, point.timeMs);
    }
  }
  return { startMs: startMs === Number.POSITIVE_INFINITY ? 0 : startMs, timeMs };
}

function partialOf(refused: ReadonlyMap<RejectReason, number>, meter: FleetMeter): Partial {
  let rejected = 0;
  for (const [reason, count] of refused) {
    meter.rejected(reason, count);
    rejected += count;
  }
  if (rejected === 0) return accepted;
  return { rejected, message: [...refused].map(([reason, count]) => `${count} × ${reason}`).join(", ") };
}
