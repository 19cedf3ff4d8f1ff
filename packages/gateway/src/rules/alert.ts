import type { AlertingRule } from "@moqscope/telemetry/rules";
import type { ResultSeries } from "../promql/engine.ts";
import { Labels, nameLabel } from "../tsdb/labels.ts";
import { fill } from "./template.ts";

/** How long an alert that is over is still shown and told. */
const resolvedShownMs = 15 * 60_000;

/** One series of an alerting rule for which the condition holds, or held a short while ago. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing" | "resolved";
  readonly value: number;
  /** When the condition began to hold. */
  readonly activeMs: number;
  /** When the alert fired, and when it was over; `undefined` before. */
  readonly firedMs: number | undefined;
  readonly resolvedMs: number | undefined;
}

/** The alerts of one rule: pending while the condition holds less than `for`, then firing, then resolved. */
export class AlertStates {
  readonly #rule: AlertingRule;
  readonly #alerts = new Map<string, Alert>();

  constructor(rule: AlertingRule) {
    this.#rule = rule;
  }

  all(): Alert[] {
    return [...this.#alerts.values()];
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
      seen.add(key);
    }
    for (const [key, alert] of this.#alerts) {
      if (seen.has(key)) continue;
      if (alert.state === "firing") {
        const resolved: Alert = { ...alert, state: "resolved", resolvedMs: nowMs };
        this.#alerts.set(key, resolved);
        changed.push(resolved);
      } else if (alert.state === "pending" || nowMs - (alert.resolvedMs ?? 0) > resolvedShownMs) this.#alerts.delete(key);
    }
    return changed;
  }

  #active(found: Labels, value: number, nowMs: number): Alert {
    const series = found.drop([nameLabel]).toRecord();
    const { alert: alertname, labels: own, annotations: texts, forSeconds } = this.#rule;
    const filled = (record: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(record).map(([name, text]) => [name, fill(text, { value, labels: series })]));
    const labels = Labels.of({ ...series, ...filled(own), alertname });
    const known = this.#alerts.get(labels.key);
    const before = known === undefined || known.state === "resolved" ? undefined : known;
    const activeMs = before?.activeMs ?? nowMs;
    const isFiring = before?.state === "firing" || nowMs - activeMs >= forSeconds * 1000;
    return {
      labels,
      annotations: filled(texts),
      state: isFiring ? "firing" : "pending",
      value,
      activeMs,
      firedMs: isFiring ? (before?.firedMs ?? nowMs) : undefined,
      resolvedMs: undefined,
    };
  }
}
