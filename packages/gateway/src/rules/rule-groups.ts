import type { AlertGroup, AlertingRule, RecordingRule, RuleGroup } from "@moqscope/telemetry/rules";
import type { Expr } from "../promql/ast.ts";
import { instantQuery, type ResultSeries } from "../promql/engine.ts";
import { parse } from "../promql/parse.ts";
import { QueryError } from "../promql/query-error.ts";
import type { HistoryStore } from "../tsdb/history-store.ts";
import { coarseKeptMs } from "../tsdb/history-store.ts";
import { type Labels, nameLabel, noLabels } from "../tsdb/labels.ts";
import { type Alert, AlertStates } from "./alert.ts";
import { lackOfHistory } from "./reach.ts";

/** How a rule did at its last evaluation. `unknown`: not evaluated yet, or the store does not reach back far enough. */
export type Health = "ok" | "err" | "unknown";

export interface RuleStatus {
  readonly rule: RecordingRule | AlertingRule;
  readonly health: Health;
  /** Why it is not ok. */
  readonly problem: string | undefined;
  readonly evaluatedMs: number | undefined;
  readonly tookMs: number;
  readonly alerts: readonly Alert[];
}
export interface GroupStatus {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly RuleStatus[];
}

export interface RuleParts {
  readonly history: HistoryStore;
  /** Told of each evaluation. */
  evaluated(result: "ok" | "failed" | "history"): void;
  /** Told of alerts that begin or cease to fire. */
  changed(alerts: readonly Alert[]): void;
}

/** Rules that are evaluated in the store: what they record is a series like any other, what they alert of has a state. */
export class RuleGroups {
  readonly #parts: RuleParts;
  readonly #groups: readonly {
    readonly name: string;
    readonly intervalSeconds: number;
    readonly rules: readonly Evaluated[];
    dueMs: number;
  }[];
  #running: Promise<void> | undefined;

  constructor(groups: readonly (RuleGroup | AlertGroup)[], parts: RuleParts) {
    this.#parts = parts;
    this.#groups = groups.map(({ name, intervalSeconds, rules }) => ({
      name,
      intervalSeconds,
      rules: rules.map((rule) => new Evaluated(rule, parts)),
      dueMs: 0,
    }));
  }

  /** Evaluates the groups that are due, one rule after the other. While that lasts nothing more begins. */
  tick(nowMs: number): void {
    const due = this.#groups.filter(({ dueMs }) => nowMs >= dueMs);
    if (this.#running !== undefined || due.length === 0) return;
    for (const group of due) group.dueMs = nowMs + group.intervalSeconds * 1000;
    this.#running = this.#evaluate(
      due.flatMap(({ rules }) => rules),
      nowMs,
    ).finally(() => (this.#running = undefined));
  }

  /** Settles when the evaluation that runs is over. */
  async idle(): Promise<void> {
    await this.#running;
  }

  status(): GroupStatus[] {
    return this.#groups.map(({ name, intervalSeconds, rules }) => ({ name, intervalSeconds, rules: rules.map((rule) => rule.status()) }));
  }

  async #evaluate(rules: readonly Evaluated[], nowMs: number): Promise<void> {
    const { history } = this.#parts;
    const keptMs = history.cutMs === 0 ? coarseKeptMs : Math.min(coarseKeptMs, nowMs - history.cutMs);
    for (const rule of rules) this.#parts.evaluated(await rule.evaluate(nowMs, keptMs));
  }
}

/** One rule with what came of it. */
class Evaluated {
  readonly #rule: RecordingRule | AlertingRule;
  readonly #parts: RuleParts;
  readonly #alerts: AlertStates | undefined;
  readonly #expr: Expr;
  /** Series written at the last evaluation; those that are gone at the next one end. */
  #written = new Map<string, Labels>();
  #health: Health = "unknown";
  #problem: string | undefined;
  #evaluatedMs: number | undefined;
  #tookMs = 0;

  constructor(rule: RecordingRule | AlertingRule, parts: RuleParts) {
    this.#rule = rule;
    this.#parts = parts;
    this.#expr = parse(rule.expr);
    this.#alerts = "alert" in rule ? new AlertStates(rule) : undefined;
  }

  status(): RuleStatus {
    return {
      rule: this.#rule,
      health: this.#health,
      problem: this.#problem,
      evaluatedMs: this.#evaluatedMs,
      tookMs: this.#tookMs,
      alerts: this.#alerts?.all() ?? [],
    };
  }

  async evaluate(nowMs: number, keptMs: number): Promise<"ok" | "failed" | "history"> {
    const began = performance.now();
    this.#evaluatedMs = nowMs;
    const lack = lackOfHistory(this.#expr, keptMs);
    if (lack !== undefined) {
      this.#health = "unknown";
      this.#problem = lack;
      return "history";
    }
    try {
      this.#take(await this.#ask(nowMs), nowMs);
      this.#health = "ok";
      this.#problem = undefined;
      return "ok";
    } catch (error) {
      // what was known stays: an alert does not cease because it cannot be asked for
      this.#health = "err";
      this.#problem = error instanceof Error ? error.message : String(error);
      return "failed";
    } finally {
      this.#tookMs = performance.now() - began;
    }
  }

  async #ask(nowMs: number): Promise<readonly ResultSeries[]> {
    const { result } = await instantQuery(this.#rule.expr, this.#parts.history, nowMs);
    if (result.type === "vector") return result.series;
    if (result.type === "scalar") return [{ labels: noLabels, points: [[nowMs, result.value]] }];
    throw new QueryError("bad_data", "a rule gives a vector or a scalar");
  }

  #take(found: readonly ResultSeries[], nowMs: number): void {
    const samples = new Map<string, { readonly labels: Labels; readonly value: number }>();
    const add = (labels: Labels, value: number): void => void samples.set(labels.key, { labels, value });
    if (this.#alerts === undefined && "record" in this.#rule) {
      for (const { labels, points } of found) add(labels.with(nameLabel, this.#rule.record), points[0]?.[1] ?? Number.NaN);
    } else if (this.#alerts !== undefined) {
      const changed = this.#alerts.update(found, nowMs);
      for (const { labels, state } of this.#alerts.all()) {
        if (state !== "resolved") add(labels.with(nameLabel, "ALERTS").with("alertstate", state), 1);
      }
      if (changed.length > 0) this.#parts.changed(changed);
    }
    this.#write(samples, nowMs);
  }

  #write(samples: ReadonlyMap<string, { readonly labels: Labels; readonly value: number }>, nowMs: number): void {
    const { history } = this.#parts;
    for (const [key, labels] of this.#written) if (!samples.has(key)) history.open(labels)?.end(nowMs);
    this.#written = new Map();
    for (const [key, { labels, value }] of samples) {
      history.open(labels)?.write(nowMs, value);
      this.#written.set(key, labels);
    }
  }
}
