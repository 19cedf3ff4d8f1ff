import { parser as logql } from "@grafana/lezer-logql";
import { parser as traceql } from "@grafana/lezer-traceql";
import { QueryChecker, type QueryRule, withoutVariables } from "@moqscope/telemetry/check";
import { foreignSeries, recordingRules } from "@moqscope/telemetry/rules";
import { type BoardJson, drawn, type PanelJson, queriesOf } from "./board-json.ts";
import { selectorsOf } from "./selectors.ts";

/** Finds what a board does wrong, each with its place. */
export type LintRule = (board: BoardJson) => readonly string[];

/** What Prometheus itself writes about its alerts. */
const alertsSeries = { ALERTS: { type: "gauge", labels: ["alertname", "alertstate", "severity", "instance"] } } as const;
export const checker = new QueryChecker({
  recorded: recordingRules.flatMap(({ rules }) => rules),
  thirdParty: { ...foreignSeries, ...alertsSeries },
});

/** Panels that come with Grafana. */
const core = ["row", "stat", "timeseries", "heatmap", "table", "geomap", "nodeGraph", "alertlist", "dashlist", "traces", "logs"];
/** Panels that draw what Grafana has itself, not a query. */
const withoutQuery = ["alertlist", "dashlist"];
/** Whom a panel without data may call silent. */
const components = /relay|gateway|player|publisher|collector|process|Prometheus|Alertmanager|node_exporter|Tempo|Loki/;

const panelsThat = (fails: (panel: PanelJson) => boolean): LintRule => {
  return (board) => drawn(board).flatMap((panel) => (fails(panel) ? [`${panel.title ?? ""} (${panel.id})`] : []));
};
const hasData = ({ type }: PanelJson): boolean => !withoutQuery.includes(type);
const variable = (board: BoardJson, name: string): BoardJson["templating"]["list"][number] | undefined =>
  board.templating.list.find((one) => one.name === name);
const hasVariable = (name: string): LintRule => {
  return (board) => {
    const found = variable(board, name);
    const isGood = found?.type === "query" && found.multi === true && found.includeAll === true;
    return isGood ? [] : [`no variable ${name} of several values and all`];
  };
};
const annotated = (board: BoardJson, type: string): readonly { readonly where: string; readonly text: string }[] =>
  board.annotations.list.filter(({ datasource }) => datasource.type === type).map(({ name, expr }) => ({ where: name, text: expr }));

/** A rule over what the checker of queries finds. */
const checked = (...rules: readonly QueryRule[]): LintRule => {
  return (board) =>
    [...queriesOf(board, "prometheus"), ...annotated(board, "prometheus")].flatMap(({ where, text }) =>
      checker
        .check(withoutVariables(text))
        .filter(({ rule }) => rules.includes(rule))
        .map(({ message }) => `${where}: ${message}`),
    );
};
const parses = (language: typeof logql, type: "loki" | "tempo"): LintRule => {
  return (board) =>
    [...queriesOf(board, type), ...annotated(board, type)].flatMap(({ where, text }) => {
      let isBroken = text.trim() === "";
      language.parse(text).iterate({ enter: ({ type: { isError } }) => void (isBroken ||= isError) });
      // A single variable is a trace id, which Tempo takes as it is.
      return isBroken && !/^\$\w+$/.test(text) ? [`${where}: ${text}`] : [];
    });
};

const ofProcess = (name: string): boolean => /^(?:moq_relay|moq_gateway|moq_process|process|nodejs|v8js)_/.test(name);
const ofFleet = (name: string): boolean => /^moq_(?:client|publisher)_/.test(name);
const eachSelector = (problem: (use: ReturnType<typeof selectorsOf>[number], board: BoardJson) => boolean): LintRule => {
  return (board) =>
    queriesOf(board, "prometheus").flatMap(({ where, text }) =>
      selectorsOf(text)
        .filter((use) => problem(use, board))
        .map(({ name }) => `${where}: ${name}`),
    );
};

/** The rules of dashboard-linter by their ids, and our own (`moq-`). */
export const lintRules: Readonly<Record<string, LintRule>> = {
  "template-datasource-rule": ({ templating }) => {
    const sources = templating.list.filter(({ type }) => type === "datasource");
    return sources.length === 1 && sources[0]?.name === "datasource" && sources[0].query === "prometheus" ? [] : ["not one data source"];
  },
  "panel-datasource-rule": panelsThat((panel) =>
    [panel.datasource, ...(panel.targets ?? []).map(({ datasource }) => datasource)].some((source) => !isFixed(source, panel)),
  ),
  "template-job-rule": hasVariable("job"),
  "template-instance-rule": hasVariable("instance"),
  "target-job-rule": eachSelector(({ name, matchers }) => !name.includes(":") && name !== "ALERTS" && !matchers.has("job")),
  "target-instance-rule": eachSelector(({ name, matchers }, board) => {
    // Machines, collector and Prometheus have instances of their own; a series of the fleet has that of the gateway.
    const isPerInstance = variable(board, "instance") !== undefined && ofProcess(name);
    return matchers.has("instance") !== isPerInstance && !name.includes(":");
  }),
  "template-label-promql-rule": ({ templating }) =>
    templating.list
      .filter(({ type }) => type === "query")
      .flatMap(({ name, definition = "" }) => {
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
        const isGood = selector !== undefined && checker.check(`count by (${label ?? ""}) (${selector})`).length === 0;
        return isGood ? [] : [`${name}: ${definition}`];
      }),
  "template-on-time-change-reload-rule": ({ templating }) =>
    templating.list.flatMap(({ type, refresh, name }) => (type === "query" && refresh !== 2 ? [name] : [])),
  "panel-title-description-rule": panelsThat(({ title = "", description = "" }) => title.length < 3 || description.length < 10),
  "panel-units-rule": panelsThat((panel) => hasData(panel) && !panel.fieldConfig?.defaults.unit),
  "panel-no-targets-rule": panelsThat((panel) => hasData(panel) && (panel.targets ?? []).length === 0),
  "target-promql-rule": checked("syntax", "unnamed", "quantile-without-le"),
  "target-logql-rule": parses(logql, "loki"),
  "target-logql-auto-rule": (board) =>
    queriesOf(board, "loki").flatMap(({ where, text }) => (/\[(?!\$__auto\])[^\]]+\]/.test(text) ? [`${where}: ${text}`] : [])),
  "target-rate-interval-rule": (board) =>
    queriesOf(board, "prometheus").flatMap(({ where, text }) =>
      [...text.matchAll(/\b(?:rate|irate|increase)\([^[\]]*\[([^\]]+)\]/g)].flatMap(([, window = ""]) =>
        window === "$__rate_interval" ? [] : [`${where}: [${window}]`],
      ),
    ),
  "target-counter-agg-rule": checked("counter-value", "rate-of-gauge"),
  "uneditable-dashboard": ({ editable }) => (editable ? ["can be edited"] : []),
  "moq-traceql": parses(traceql, "tempo"),
  "moq-registry": checked("unknown-metric", "unknown-label", "unknown-value"),
  "moq-no-vector-zero": checked("vector-zero"),
  "moq-no-clamp-min": checked("clamp-min"),
  "moq-le-regex": checked("le-integer"),
  "moq-sum-without-instance": eachSelector(
    ({ name, groupings }) => ofFleet(name) && (groupings.length === 0 || groupings.some((labels) => labels?.includes("instance") ?? true)),
  ),
  "moq-core-panels": panelsThat(({ type }) => !core.includes(type)),
  "moq-no-session": (board) =>
    queriesOf(board, "prometheus").flatMap(({ where, text, target }) =>
      /\b\w*(?:session_id|connection_id|user|address|client_ip)\w*\s*(?:[=!,)]|\}\})/.test(`${text} ${target.legendFormat ?? ""}`)
        ? [where]
        : [],
    ),
  "moq-silent-component": panelsThat((panel) => hasData(panel) && !components.test(panel.fieldConfig?.defaults.noValue ?? "")),
  "moq-unique-titles": (board) => {
    const titles = drawn(board).map(({ title = "" }) => title);
    return titles.filter((title, at) => titles.indexOf(title) !== at);
  },
  "moq-used-variables": (board) => {
    const text = JSON.stringify(board.panels);
    return board.templating.list.flatMap(({ name }) => (text.includes(`$${name}`) || text.includes(`\${${name}`) ? [] : [name]));
  },
  "moq-broadcast-variable": (board) => (board.uid !== "moq-broadcast" && variable(board, "broadcast") ? ["broadcast"] : []),
};

/** The board's own Prometheus, or one of the two of fixed names; none where nothing is asked. */
function isFixed(source: PanelJson["datasource"], { type }: PanelJson): boolean {
  if (source === undefined) return withoutQuery.includes(type);
  const uid = { prometheus: "${datasource}", loki: "loki", tempo: "tempo" }[source.type];
  return uid === source.uid;
}
