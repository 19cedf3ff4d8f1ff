import type { AlertGroup, RuleGroup } from "@moqscope/telemetry/rules";
import { coarseKeptMs } from "../tsdb/history-store.ts";
import { Evaluated, type RuleParts, type RuleStatus } from "./evaluated.ts";
import { RuleBook } from "./rule-book.ts";

export interface GroupStatus {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly RuleStatus[];
}

/** Rules take a tenth of the time at most: what took a second is not begun again within ten, whatever its interval. */
const restFactor = 10;

/** Rules that are evaluated in the store: what they record is a series like any other, what they alert of has a state. */
export class RuleGroups {
  readonly #parts: RuleParts;
  readonly #groups: readonly {
    readonly name: string;
    readonly intervalSeconds: number;
    readonly rules: readonly Evaluated[];
    dueMs: number;
  }[];
  readonly #passing: () => number;
  #running: Promise<void> | undefined;
  #restMs = Number.NEGATIVE_INFINITY;

  /** `passing`: milliseconds that pass; the machine's clock by default. */
  constructor(groups: readonly (RuleGroup | AlertGroup)[], parts: RuleParts, passing: () => number = () => performance.now()) {
    this.#parts = parts;
    this.#passing = passing;
    const book = new RuleBook(groups);
    this.#groups = groups.map(({ name, intervalSeconds, rules }) => ({
      name,
      intervalSeconds,
      rules: rules.map((rule) => new Evaluated(rule, parts, book)),
      dueMs: 0,
    }));
  }

  /** Evaluates the groups that are due, one rule after the other. While that lasts nothing more begins. */
  tick(nowMs: number): void {
    const due = this.#groups.filter(({ dueMs }) => nowMs >= dueMs);
    if (this.#running !== undefined || due.length === 0 || nowMs < this.#restMs) return;
    for (const group of due) group.dueMs = nowMs + group.intervalSeconds * 1000;
    const began = this.#passing();
    this.#running = this.#evaluate(
      due.flatMap(({ rules }) => rules),
      nowMs,
    ).finally(() => {
      this.#running = undefined;
      this.#restMs = nowMs + (this.#passing() - began) * restFactor;
    });
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
