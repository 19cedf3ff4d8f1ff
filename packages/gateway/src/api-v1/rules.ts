import type { Alert } from "../rules/alert.ts";
import type { RuleStatus } from "../rules/evaluated.ts";
import type { GroupStatus } from "../rules/rule-groups.ts";

const never = "0001-01-01T00:00:00Z";
const time = (ms: number | undefined): string => (ms === undefined ? never : new Date(ms).toISOString());

/** `/api/v1/rules`: groups with their rules, as Prometheus lists them. A rule that lacks history is `unknown` and says what it needs. */
export function listRules(groups: readonly GroupStatus[], type: string | null): { readonly groups: readonly unknown[] } {
  return {
    groups: groups
      .map(({ name, intervalSeconds, rules }) => ({
        name,
        file: "",
        interval: intervalSeconds,
        limit: 0,
        rules: rules.map(wireRule).filter((rule) => type === null || type === "" || rule.type.startsWith(type)),
        evaluationTime: rules.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000,
        lastEvaluation: time(rules[0]?.evaluatedMs),
      }))
      .filter(({ rules }) => rules.length > 0),
  };
}

/** `/api/v1/alerts`: alerts that are pending or fire. */
export function listAlerts(groups: readonly GroupStatus[]): { readonly alerts: readonly unknown[] } {
  return { alerts: groups.flatMap(({ rules }) => rules.flatMap(({ alerts }) => alerts.filter(isActive).map(wireAlert))) };
}

interface WireRule {
  readonly type: "alerting" | "recording";
  readonly [field: string]: unknown;
}

function wireRule({ rule, health, problem, evaluatedMs, tookMs, alerts }: RuleStatus): WireRule {
  const common = {
    query: rule.expr,
    health,
    ...(problem === undefined ? {} : { lastError: problem }),
    evaluationTime: tookMs / 1000,
    lastEvaluation: time(evaluatedMs),
  };
  if ("record" in rule) return { type: "recording", name: rule.record, labels: {}, ...common };
  const active = alerts.filter(isActive);
  const state = active.some((alert) => alert.state === "firing") ? "firing" : active.length > 0 ? "pending" : "inactive";
  return {
    type: "alerting",
    name: rule.alert,
    duration: rule.forSeconds,
    keepFiringFor: rule.keepFiringForSeconds ?? 0,
    labels: rule.labels,
    annotations: rule.annotations,
    state: health === "unknown" ? "unknown" : state,
    alerts: active.map(wireAlert),
    ...common,
  };
}

function isActive({ state }: Alert): boolean {
  return state !== "resolved";
}

function wireAlert({ labels, annotations, state, activeMs, value }: Alert): unknown {
  return { labels: labels.toRecord(), annotations, state, activeAt: time(activeMs), value: String(value) };
}
