import type { AlertInstance, AlertRuleState, AlertsAnswer, RuleState } from "@moqscope/telemetry/query";
import type { AlertingRule } from "@moqscope/telemetry/rules";
import type { Alert } from "../rules/alert.ts";
import type { RuleStatus } from "../rules/evaluated.ts";
import type { GroupStatus } from "../rules/rule-groups.ts";

/** `/api/alerts`: what fires, is pending or was over a short while ago, and how each alert stands; what lacks something is never `ok`. */
export function alertsAnswer(groups: readonly GroupStatus[], nowMs: number): AlertsAnswer {
  const alerts: AlertInstance[] = [];
  const rules: AlertRuleState[] = [];
  for (const status of groups.flatMap((group) => group.rules)) {
    const { rule, problem = null, evaluatedMs = null } = status;
    if (!("alert" in rule)) continue;
    rules.push({
      alert: rule.alert,
      state: stateOf(status),
      severity: rule.labels["severity"] ?? "",
      problem,
      forSeconds: rule.forSeconds,
      ...pages(rule.annotations),
      evaluatedMs,
    });
    alerts.push(...status.alerts.map((alert) => instanceOf(rule, alert)));
  }
  return { nowMs, alerts, rules };
}

function stateOf({ health, lack, alerts }: RuleStatus): RuleState {
  if (lack !== undefined) return lack === "history" ? "needs_history" : "no_data";
  if (health === "err") return "failed";
  if (health === "unknown") return "unknown";
  const states = new Set(alerts.map(({ state }) => state));
  return states.has("firing") ? "firing" : states.has("pending") ? "pending" : "ok";
}

function pages(annotations: AlertingRule["annotations"]): { readonly runbookUrl: string; readonly dashboard: string } {
  return { runbookUrl: annotations["runbook_url"] ?? "", dashboard: annotations["dashboard"] ?? "" };
}

function instanceOf({ alert: name }: AlertingRule, alert: Alert): AlertInstance {
  const { labels, annotations, state, value, activeMs, firedMs = null, resolvedMs = null } = alert;
  const { alertname: _name, severity = "", ...others } = labels.toRecord();
  return {
    alert: name,
    state,
    severity,
    labels: others,
    summary: annotations["summary"] ?? "",
    description: annotations["description"] ?? "",
    ...pages(annotations),
    // what was before a restart and was not evaluated since has no value
    value: Number.isFinite(value) ? value : null,
    activeMs,
    firedMs,
    resolvedMs,
  };
}
