import type { AlertGroup, AlertingRule } from "@moqscope/telemetry/rules";
import { availability, type Condition } from "./availability.ts";

/** A rule of Grafana's own alerting as its file provisioning reads it (Grafana documentation, "file provisioning", apiVersion 1). */
export interface GrafanaRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly GrafanaQuery[];
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly noDataState: "NoData" | "OK";
  readonly execErrState: "Error";
  readonly for: string;
  readonly keepFiringFor?: string;
  readonly missing_series_evals_to_resolve: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}
interface GrafanaQuery {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly model: object;
}
export interface GrafanaRuleGroup {
  readonly orgId: number;
  readonly name: string;
  readonly folder: string;
  readonly interval: string;
  readonly rules: readonly GrafanaRule[];
}

/** Grafana evaluates every 10 s at most, and a group at a multiple of that. */
const baseSeconds = 10;

/**
 * The same alerts for Grafana to judge. Prometheus fires for every series that an expression leaves, whatever its value, so that no series
 * is health: three steps say so, as Grafana's own converter of Prometheus rules has them. Alerts of availability have a value in health,
 * so that no data is told as such.
 */
export function grafanaRules(
  groups: readonly AlertGroup[],
  { folder = "moqscope", prometheus = "prometheus" } = {},
): readonly GrafanaRuleGroup[] {
  return groups.map(({ name, intervalSeconds, rules }) => ({
    orgId: 1,
    name,
    folder,
    interval: `${Math.max(baseSeconds, Math.floor(intervalSeconds / baseSeconds) * baseSeconds)}s`,
    rules: rules.map((rule) => converted(rule, prometheus)),
  }));
}

function converted(rule: AlertingRule, prometheus: string): GrafanaRule {
  const { alert, forSeconds, keepFiringForSeconds = 0, labels, annotations } = rule;
  const special = availability(rule);
  const data = special === undefined ? anySeries(rule.expr, prometheus) : compared(special, prometheus);
  const { __dashboardUid__: dashboardUid = "", __panelId__: panelId = "0", ...texts } = annotations;
  return {
    uid: uidOf(alert),
    title: alert,
    condition: data.at(-1)?.refId ?? "",
    data,
    dashboardUid,
    panelId: Number(panelId),
    noDataState: special === undefined ? "OK" : "NoData",
    execErrState: "Error",
    for: `${forSeconds}s`,
    ...(keepFiringForSeconds === 0 ? {} : { keepFiringFor: `${keepFiringForSeconds}s` }),
    // A series that is gone is over at once, as it is for Prometheus.
    missing_series_evals_to_resolve: 1,
    annotations: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, inGrafana(text)])),
    labels,
  };
}

const uidOf = (alert: string): string => alert.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();

/** `$value` is a sentence in Grafana; the number is the query's, and absent where there is no data. */
function inGrafana(text: string): string {
  return text.replaceAll(
    /\{\{\s*\$value(\s*\|[^}]*?)?\s*\}\}/g,
    (_, pipe = "") => `{{ with $values.query }}{{ .Value${String(pipe)} }}{{ end }}`,
  );
}

const expression = { type: "__expr__", uid: "__expr__" } as const;

function query(expr: string, prometheus: string): GrafanaQuery {
  return {
    refId: "query",
    datasourceUid: prometheus,
    relativeTimeRange: { from: 600, to: 0 },
    model: { datasource: { type: "prometheus", uid: prometheus }, expr, instant: true, range: false, refId: "query" },
  };
}
function step(refId: string, model: object): GrafanaQuery {
  return {
    refId,
    datasourceUid: expression.uid,
    relativeTimeRange: { from: 600, to: 0 },
    model: { datasource: expression, refId, ...model },
  };
}
function threshold(of: string, type: Condition["fires"], bound: number): GrafanaQuery {
  return step("threshold", { type: "threshold", expression: of, conditions: [{ evaluator: { type, params: [bound] } }] });
}

/** Fires for every series, whatever its value. */
function anySeries(expr: string, prometheus: string): readonly GrafanaQuery[] {
  const isThere = "is_number($query) || is_nan($query) || is_inf($query)";
  return [query(expr, prometheus), step("there", { type: "math", expression: isThere }), threshold("there", "gt", 0)];
}
/** Fires for each series that passes a bound. */
function compared({ expr, fires, bound }: Condition, prometheus: string): readonly GrafanaQuery[] {
  return [query(expr, prometheus), threshold("query", fires, bound)];
}
