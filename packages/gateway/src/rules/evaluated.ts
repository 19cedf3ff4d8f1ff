import type { AlertingRule, RecordingRule } from "@moqscope/telemetry/rules";
import type { Expr } from "../promql/ast.ts";
import { instantQuery, type ResultSeries } from "../promql/engine.ts";
import { parse } from "../promql/parse.ts";
import { QueryError } from "../promql/query-error.ts";
import type { HistoryStore } from "../tsdb/history-store.ts";
import { type Labels, nameLabel, noLabels } from "../tsdb/labels.ts";
import { type Alert, AlertStates } from "./alert.ts";
import { lackOfHistory, reachMs } from "./reach.ts";
import { alertsName, alertsSinceName, restoredAlerts } from "./restore.ts";
import type { RuleBook } from "./rule-book.ts";

/** How a rule did at its last evaluation. `unknown`: not evaluated yet, or it lacks something. */
export type Health = "ok" | "err" | "unknown";
/** What a rule lacks: the store does not reach back as far as it looks, or nobody has sent what it is about. */
export type Lack = "history" | "no_data";
/** What came of an evaluation. */
export type Evaluation = "ok" | "failed" | Lack;

export interface RuleStatus {
  readonly rule: RecordingRule | AlertingRule;
  readonly health: Health;
  readonly lack: Lack | undefined;
  /** Why it is not ok. */
  readonly problem: string | undefined;
  readonly evaluatedMs: number | undefined;
  readonly tookMs: number;
  readonly alerts: readonly Alert[];
}
export interface RuleParts {
  readonly history: HistoryStore;
  /** Told of each evaluation. */
  evaluated(result: Evaluation): void;
  /** Told of alerts that begin or cease to fire. */
  changed(alerts: readonly Alert[]): void;
}

/** One rule with what came of it. */
export class Evaluated {
  readonly #rule: RecordingRule | AlertingRule;
  readonly #parts: RuleParts;
  readonly #book: RuleBook;
  readonly #alerts: AlertStates | undefined;
  readonly #expr: Expr;
  readonly #reachMs: number;
  /** Series written at the last evaluation; those that are gone at the next one end. */
  #written = new Map<string, Labels>();
  #health: Health = "unknown";
  #lack: Lack | undefined;
  #problem: string | undefined;
  #evaluatedMs: number | undefined;
  #tookMs = 0;

  constructor(rule: RecordingRule | AlertingRule, parts: RuleParts, book: RuleBook) {
    this.#rule = rule;
    this.#parts = parts;
    this.#book = book;
    this.#expr = parse(rule.expr);
    this.#reachMs = reachMs(this.#expr, book);
    this.#alerts = "alert" in rule ? new AlertStates(rule) : undefined;
  }

  status(): RuleStatus {
    return {
      rule: this.#rule,
      health: this.#health,
      lack: this.#lack,
      problem: this.#problem,
      evaluatedMs: this.#evaluatedMs,
      tookMs: this.#tookMs,
      alerts: this.#alerts?.all() ?? [],
    };
  }

  /** Evaluates it; what it gives is written into the store. `keptMs` is how far back the store reaches. */
  async evaluate(nowMs: number, keptMs: number): Promise<Evaluation> {
    const began = performance.now();
    if (this.#evaluatedMs === undefined) this.#restore(nowMs);
    this.#evaluatedMs = nowMs;
    const lack = lackOfHistory(this.#reachMs, keptMs);
    if (lack !== undefined) return this.#lacks("history", lack);
    try {
      const found = await this.#ask(nowMs);
      this.#take(found, nowMs);
      const missing = found.length > 0 ? undefined : this.#book.missing(this.#expr, (name) => this.#parts.history.has(name));
      if (missing !== undefined) return this.#lacks("no_data", `no data: nobody has sent ${missing}`);
      this.#health = "ok";
      this.#lack = this.#problem = undefined;
      return "ok";
    } catch (error) {
      // what was known stays: an alert does not cease because it cannot be asked for
      this.#health = "err";
      this.#lack = undefined;
      this.#problem = error instanceof Error ? error.message : String(error);
      return "failed";
    } finally {
      this.#tookMs = performance.now() - began;
    }
  }

  #lacks(what: Lack, problem: string): Lack {
    this.#health = "unknown";
    this.#lack = what;
    this.#problem = problem;
    return what;
  }

  /** What was written before a restart goes on, or ends at the first evaluation. */
  #restore(nowMs: number): void {
    if (this.#alerts === undefined || !("alert" in this.#rule)) return;
    const { history } = this.#parts;
    this.#alerts.restore(restoredAlerts(history, this.#rule.alert, nowMs), nowMs);
    for (const [key, { labels }] of this.#alertSamples()) this.#written.set(key, labels);
  }

  async #ask(nowMs: number): Promise<readonly ResultSeries[]> {
    const { result } = await instantQuery(this.#rule.expr, this.#parts.history, nowMs);
    if (result.type === "vector") return result.series;
    if (result.type === "scalar") return [{ labels: noLabels, points: [[nowMs, result.value]] }];
    throw new QueryError("bad_data", "a rule gives a vector or a scalar");
  }

  #take(found: readonly ResultSeries[], nowMs: number): void {
    if (this.#alerts === undefined) {
      const name = "record" in this.#rule ? this.#rule.record : "";
      this.#write(bySeries(found.map(({ labels, points }) => [labels.with(nameLabel, name), points[0]?.[1] ?? Number.NaN])), nowMs);
      return;
    }
    const changed = this.#alerts.update(found, nowMs);
    if (changed.length > 0) this.#parts.changed(changed);
    this.#write(this.#alertSamples(), nowMs);
  }

  /** The series of Prometheus that tell of alerts, from which a restart goes on. */
  #alertSamples(): Samples {
    const active = (this.#alerts?.all() ?? []).filter(({ state }) => state !== "resolved");
    return bySeries(
      active.flatMap(({ labels, state, activeMs }) => [
        [labels.with(nameLabel, alertsName).with("alertstate", state), 1] as const,
        [labels.with(nameLabel, alertsSinceName), activeMs / 1000] as const,
      ]),
    );
  }

  #write(samples: Samples, nowMs: number): void {
    const { history } = this.#parts;
    for (const [key, labels] of this.#written) if (!samples.has(key)) history.open(labels)?.end(nowMs);
    this.#written = new Map();
    for (const [key, { labels, value }] of samples) {
      history.open(labels)?.write(nowMs, value);
      this.#written.set(key, labels);
    }
  }
}

type Samples = ReadonlyMap<string, { readonly labels: Labels; readonly value: number }>;

function bySeries(pairs: readonly (readonly [Labels, number])[]): Samples {
  return new Map(pairs.map(([labels, value]) => [labels.key, { labels, value }]));
}
