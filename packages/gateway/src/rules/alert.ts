import type { AlertingRule } from "@moqscope/telemetry/rules";
import type { ResultSeries } from "../promql/engine.ts";
import { Labels, nameLabel } from "../tsdb/labels.ts";
import { fill } from "./template.ts";

/** How long an alert that is over is still shown and told. */
const resolvedShownMs = 15 * 60_000;
/** After a start, what fired before is not over until those who report had time to be heard again. */
const restoredKeptMs = 60_000;

/** One series of an alerting rule for which the condition holds, or held a short while ago. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing" | "resolved";
  readonly value: number;
  /** When the condition began to hold. */
  readonly activeMs: number;
  /** When it held last. */
  readonly heldMs: number;
  /** When the alert fired, and when it was over; `undefined` before. */
  readonly firedMs: number | undefined;
  readonly resolvedMs: number | undefined;
}

/** What is known of an alert from before a restart. */
export interface RestoredAlert {
  readonly labels: Labels;
  readonly activeMs: number;
  readonly isFiring: boolean;
}

/** The alerts of one rule: pending while the condition holds less than `for`, then firing, then resolved. */
export class AlertStates {
  readonly #rule: AlertingRule;
  readonly #alerts = new Map<string, Alert>();
  /** Those of before a restart that were not found since. */
  readonly #restored = new Set<string>();
  #restoredMs = Number.NEGATIVE_INFINITY;

  constructor(rule: AlertingRule) {
    this.#rule = rule;
  }

  all(): Alert[] {
    return [...this.#alerts.values()];
  }

  /** Takes up what was before a restart: nothing begins anew, nothing is told twice. */
  restore(found: readonly RestoredAlert[], nowMs: number): void {
    this.#restoredMs = nowMs;
    for (const { labels, activeMs, isFiring } of found) {
      this.#restored.add(labels.key);
      this.#alerts.set(labels.key, {
        labels,
        annotations: this.#texts(this.#rule.annotations, Number.NaN, labels.toRecord()),
        state: isFiring ? "firing" : "pending",
        value: Number.NaN,
        activeMs,
        heldMs: nowMs,
        firedMs: isFiring ? activeMs + this.#rule.forSeconds * 1000 : undefined,
        resolvedMs: undefined,
      });
    }
  }

  /** Takes the result of an evaluation; gives the alerts that began or ceased to fire by it. */
  update(found: readonly ResultSeries[], nowMs: number): Alert[] {
    const changed: Alert[] = [];
    const seen = new Set<string>();
    for (const { labels, points } of found) {
      const alert = this.#active(labels, points[0]?.[1] ?? Number.NaN, nowMs);
      const { key } = alert.labels;
      if (alert.state === "firing" && this.#alerts.get(key)?.state !== "firing") changed.push(alert);
      this.#alerts.set(key, alert);
      this.#restored.delete(key);
      seen.add(key);
    }
    for (const [key, alert] of this.#alerts) {
      if (seen.has(key) || this.#isHeld(alert, nowMs)) continue;
      if (alert.state === "firing") {
        const resolved: Alert = { ...alert, state: "resolved", resolvedMs: nowMs };
        this.#alerts.set(key, resolved);
        changed.push(resolved);
      } else if (alert.state === "pending" || nowMs - (alert.resolvedMs ?? 0) > resolvedShownMs) this.#alerts.delete(key);
    }
    return changed;
  }

  /** Whether it stays as it is although its condition does not hold. */
  #isHeld({ labels, state, heldMs }: Alert, nowMs: number): boolean {
    if (state === "resolved") return false;
    if (nowMs - this.#restoredMs < restoredKeptMs && this.#restored.has(labels.key)) return true;
    return state === "firing" && nowMs - heldMs < (this.#rule.keepFiringForSeconds ?? 0) * 1000;
  }

  #texts(record: Readonly<Record<string, string>>, value: number, labels: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(record).map(([name, text]) => [name, fill(text, { value, labels })]));
  }

  #active(found: Labels, value: number, nowMs: number): Alert {
    const series = found.drop([nameLabel]).toRecord();
    const { alert: alertname, labels: own, annotations, forSeconds } = this.#rule;
    const labels = Labels.of({ ...series, ...this.#texts(own, value, series), alertname });
    const known = this.#alerts.get(labels.key);
    const before = known === undefined || known.state === "resolved" ? undefined : known;
    const activeMs = before?.activeMs ?? nowMs;
    const isFiring = before?.state === "firing" || nowMs - activeMs >= forSeconds * 1000;
    return {
      labels,
      annotations: this.#texts(annotations, value, series),
      state: isFiring ? "firing" : "pending",
      value,
      activeMs,
      heldMs: nowMs,
      firedMs: isFiring ? (before?.firedMs ?? nowMs) : undefined,
      resolvedMs: undefined,
    };
  }
}
