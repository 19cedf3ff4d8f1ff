import type { SpanContext } from "../recorder/recorder.ts";
import { maxReportPoints, reportAttributes as names } from "../registry/report.ts";
import type { SessionState } from "../registry/types.ts";
import { byteLength } from "./http.ts";
import { type AttributeValues, type Exemplar, metricsBody } from "./otlp-json.ts";
import type { Point } from "./points.ts";

/** A report on its way; a retry repeats body and sequence. */
export interface Report {
  readonly sequence: number;
  readonly body: string;
  /** Process of the gateway that the values are meant for. */
  readonly gateway: string | undefined;
  readonly epoch: number;
  /** Absolute values of the points it holds. */
  readonly values: ReadonlyMap<string, readonly number[]>;
}
export interface ReportMoment {
  readonly wallMs: number;
  readonly elapsedMs: number;
  readonly state: SessionState;
  readonly final: boolean;
  /** Most bytes of the body; what does not fit waits for the next report. */
  readonly maxBytes: number;
  /** The session's span, where its trace is exported: exemplars lead to it. */
  readonly trace?: SpanContext | undefined;
}
interface Counted {
  readonly sequence: number;
  readonly numbers: readonly number[];
}

/** A point that was never told is news even at 0: it says that there is something to count, and none of it yet. */
const equal = (a: readonly number[], b: readonly number[] | undefined): boolean => b !== undefined && a.every((value, i) => value === b[i]);

/** Session-cumulative reporting (fleet-aggregation.md §3): which values leave, what was acknowledged, and the rebase after a resync. */
export class ReportState {
  readonly #resource: AttributeValues;
  #startMs: number;
  #gateway: string | undefined;
  #sequence = 0;
  #acked = 0;
  /** Counts rebases: an answer to a report of an earlier one says nothing about the values of now. */
  #epoch = 0;
  /** Values that count as zero since the last rebase. */
  #base = new Map<string, readonly number[]>();
  /** Newest values that the gateway certainly counted. */
  #known = new Map<string, Counted>();
  /** Newest values that it may have counted: also those sent without an answer. */
  #maybe = new Map<string, Counted>();
  readonly #underWay = new Set<Report>();

  /** `resource`: what every report says of its sender, the session's id among it. */
  constructor(resource: AttributeValues, startMs: number) {
    this.#resource = resource;
    this.#startMs = startMs;
  }

  /** The first process seen is the one that values are meant for, until a resync. */
  sawGateway(id: string | undefined): void {
    this.#gateway ??= id;
  }

  /** The next report: points that changed since the last acknowledged one, as many as fit. */
  next(points: readonly Point[], moment: ReportMoment): Report {
    const changed = points.filter((point) => !equal(point.numbers, this.#knownOf(point.key))).slice(0, maxReportPoints);
    this.#sequence++;
    let body = this.#body(changed, moment);
    while (changed.length > 0 && byteLength(body) > moment.maxBytes) {
      changed.length = Math.floor(changed.length / 2);
      body = this.#body(changed, moment);
    }
    const values = new Map(changed.map(({ key, numbers }) => [key, numbers]));
    const report = { sequence: this.#sequence, body, gateway: this.#gateway, epoch: this.#epoch, values };
    this.#underWay.add(report);
    return report;
  }

  /** An attempt ended without an answer of a gateway, which may have counted it. */
  unanswered(report: Report): void {
    this.#underWay.delete(report);
    if (report.epoch === this.#epoch) this.#mayBeCounted(report);
  }

  /** Answered 2xx without a resync. */
  acknowledged(report: Report): void {
    this.#underWay.delete(report);
    if (report.epoch !== this.#epoch) return;
    this.#acked = Math.max(this.#acked, report.sequence);
    this.#remember(this.#known, report);
    this.#remember(this.#maybe, report);
  }

  /** Answered with an error: the gateway validates a report whole before it merges, so nothing of it counted. */
  refused(report: Report): void {
    this.#underWay.delete(report);
  }

  /** Nothing of the report counted: from now on values are relative to the newest that may have been counted elsewhere. */
  resync(report: Report, gateway: string | undefined, wallMs: number): void {
    this.#underWay.delete(report);
    if (report.epoch !== this.#epoch) return;
    for (const other of this.#underWay) this.#mayBeCounted(other);
    for (const [key, { numbers }] of this.#maybe) this.#base.set(key, numbers);
    this.#known = new Map();
    this.#maybe = new Map();
    this.#acked = 0;
    this.#epoch++;
    // a wall clock may be set back; a later start is what tells the gateway that the values begin anew
    this.#startMs = Math.max(wallMs, this.#startMs + 1);
    this.#gateway = gateway;
  }

  /** Without an addressee it counts nowhere. */
  #mayBeCounted(report: Report): void {
    if (report.gateway !== undefined) this.#remember(this.#maybe, report);
  }

  #knownOf(key: string): readonly number[] | undefined {
    return this.#known.get(key)?.numbers ?? this.#base.get(key);
  }

  #remember(into: Map<string, Counted>, { sequence, values }: Report): void {
    for (const [key, numbers] of values) {
      if ((into.get(key)?.sequence ?? 0) <= sequence) into.set(key, { sequence, numbers });
    }
  }

  /** An observation is known by its value where it is the only one since the last report that was counted. */
  #exemplar(point: Point, trace: SpanContext | undefined): Exemplar | undefined {
    if (trace === undefined || point.record.exemplars !== true) return undefined;
    const known = this.#knownOf(point.key);
    const [value = 0, ...counts] = point.numbers.map((number, i) => number - (known?.[i] ?? 0));
    const isOne = point.bounds === undefined ? value > 0 : counts.reduce((sum, count) => sum + count, 0) === 1;
    return isOne ? { value, trace } : undefined;
  }

  #body(points: readonly Point[], { wallMs, elapsedMs, state, final, trace }: ReportMoment): string {
    const resource = {
      ...this.#resource,
      [names.sequence]: this.#sequence,
      [names.acked]: this.#acked,
      [names.elapsedMs]: Math.max(0, Math.round(elapsedMs)),
      [names.state]: state,
      [names.final]: final,
    };
    const told = points.map((point) => {
      const base = this.#base.get(point.key);
      const numbers = base === undefined ? point.numbers : point.numbers.map((value, i) => value - (base[i] ?? 0));
      return { ...point, numbers, exemplar: this.#exemplar(point, trace) };
    });
    return metricsBody({ resource, points: told, startMs: this.#startMs, nowMs: Math.max(wallMs, this.#startMs) });
  }
}
