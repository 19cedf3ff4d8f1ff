import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmapSdk from "@grafana/grafana-foundation-sdk/heatmap";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as statSdk from "@grafana/grafana-foundation-sdk/stat";
import * as tableSdk from "@grafana/grafana-foundation-sdk/table";
import * as timeseriesSdk from "@grafana/grafana-foundation-sdk/timeseries";
import type { Vector } from "@moqscope/telemetry/promql";

export type Panel = Builder<dashboard.Panel>;
/** What is drawn, and what a line is called: `{{label}}` stands for the value of a label. */
export interface Query {
  readonly of: Pick<Vector<never>, "text">;
  readonly as?: string;
  /** Dots that lead to traces. */
  readonly exemplars?: boolean;
}
export interface PanelText {
  readonly title: string;
  /** What it shows and how to read it. */
  readonly description: string;
  /** Of Grafana's list. */
  readonly unit: string;
  /** What a panel without data says: who is silent. */
  readonly silent?: string;
  /** Of 24 columns. */
  readonly span?: number;
}
export interface GraphOptions extends PanelText {
  readonly stacked?: boolean;
  /** A line to stay below. */
  readonly limit?: number;
  readonly min?: number;
  readonly max?: number;
}

/** The one data source of a board. */
export const source: common.DataSourceRef = { type: "prometheus", uid: "${datasource}" };
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

function target({ of, as = "", exemplars = false }: Query, at: number): prometheus.DataqueryBuilder {
  const query = new prometheus.DataqueryBuilder()
    .refId(letters[at] ?? "Z")
    .datasource(source)
    .expr(of.text)
    .range();
  if (as !== "") query.legendFormat(as);
  return exemplars ? query.exemplar(true) : query;
}
const now = (query: Query, at: number): prometheus.DataqueryBuilder => target(query, at).instant();

/** A bound above which a value is bad: the one use of colour. */
function badAbove(limit: number | undefined): dashboard.ThresholdsConfigBuilder {
  const steps = [{ value: null, color: limit === undefined ? "text" : "green" }];
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(limit === undefined ? steps : ([...steps, { value: limit, color: "red" }] as never));
}

/** A figure with its recent course. `badAbove` colours it. */
export function stat(text: PanelText & { readonly badAbove?: number; readonly badBelow?: number }, of: Query["of"]): Panel {
  const thresholds =
    text.badBelow === undefined
      ? badAbove(text.badAbove)
      : new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([
          { value: null, color: "red" },
          { value: text.badBelow, color: "green" },
        ] as never);
  return new statSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 4)
    .height(4)
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(text.badAbove === undefined && text.badBelow === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds)
    .withTarget(target({ of }, 0));
}

/** Lines over time. */
export function graph(text: GraphOptions, ...queries: readonly Query[]): Panel {
  const panel = new timeseriesSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 8)
    .height(8)
    .lineWidth(1)
    .fillOpacity(text.stacked === true ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .targets(queries.map(target));
  if (text.stacked === true) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (text.min !== undefined) panel.min(text.min);
  if (text.max !== undefined) panel.max(text.max);
  if (text.limit !== undefined)
    panel
      .thresholds(badAbove(text.limit))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  return panel;
}

/** How the values of a histogram are spread over time: `of` is the growth of its buckets by `le`. */
export function heatmap(text: PanelText, of: Query["of"]): Panel {
  return new heatmapSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 8)
    .height(8)
    .calculate(false)
    .yAxis(new heatmapSdk.YAxisConfigBuilder().unit(text.unit))
    .withTarget(target({ of, as: "{{le}}", exemplars: true }, 0).format(prometheus.PromQueryFormat.Heatmap));
}

/** A column of a table. */
export interface Column extends Required<Pick<Query, "of" | "as">> {
  /** Where it is another one than that of the table. */
  readonly unit?: string;
}

/** A row for each set of labels, a column for each query. */
export function table(text: PanelText, ...columns: readonly Column[]): Panel {
  const names = Object.fromEntries(columns.map(({ as }, at) => [columns.length === 1 ? "Value" : `Value #${letters[at] ?? "Z"}`, as]));
  const panel = new tableSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 12)
    .height(8)
    .targets(columns.map(({ of }, at) => now({ of }, at).format(prometheus.PromQueryFormat.Table)))
    .transformations([
      { id: "merge", options: {} },
      { id: "organize", options: { excludeByName: { Time: true, __name__: true }, renameByName: names } },
    ]);
  for (const { as, unit } of columns) if (unit !== undefined) panel.overrideByName(as, [{ id: "unit", value: unit }]);
  return panel;
}

/** Alerts that fire or wait. */
export function alertList(text: Omit<PanelText, "unit">): Panel {
  return new dashboard.PanelBuilder()
    .type("alertlist")
    .title(text.title)
    .description(text.description)
    .span(text.span ?? 12)
    .height(8)
    .options({
      viewMode: "list",
      groupMode: "default",
      groupBy: [],
      maxItems: 50,
      sortOrder: 1,
      dashboardAlerts: false,
      alertName: "",
      alertInstanceLabelFilter: "",
      stateFilter: { firing: true, pending: true, noData: false, normal: false, error: true },
    });
}
