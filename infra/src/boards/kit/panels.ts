import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmapSdk from "@grafana/grafana-foundation-sdk/heatmap";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as statSdk from "@grafana/grafana-foundation-sdk/stat";
import * as tableSdk from "@grafana/grafana-foundation-sdk/table";
import * as timeseriesSdk from "@grafana/grafana-foundation-sdk/timeseries";
import type { Vector } from "@moqscope/telemetry/promql";
import { headed, type Panel, type PanelText, source } from "./head.ts";
import type { ValueLink } from "./links.ts";

/** What is drawn, and what a line is called: `{{label}}` stands for the value of a label. */
export interface Query {
  readonly of: Pick<Vector<never>, "text">;
  readonly as?: string;
  /** Dots that lead to traces. */
  readonly exemplars?: boolean;
}
export interface GraphOptions extends PanelText {
  /** On top of each other, as they are or as shares of the whole. */
  readonly stacked?: boolean | "share";
  /** A line to stay below. */
  readonly limit?: number;
  readonly min?: number;
  readonly max?: number;
}

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

/** What holds at the end of the time range, as rows of a table. */
export function rows(of: Query["of"], refId: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().refId(refId).datasource(source).expr(of.text).instant().format(prometheus.PromQueryFormat.Table);
}

interface Bounds {
  readonly badAbove?: number;
  readonly badBelow?: number;
}
/** The bound past which a value is bad: the one use of colour. */
function thresholds({ badAbove, badBelow }: Bounds): dashboard.ThresholdsConfigBuilder {
  const [first, bound, then] =
    badBelow === undefined ? [badAbove === undefined ? "text" : "green", badAbove, "red"] : ["red", badBelow, "green"];
  const steps = [{ value: null, color: first }, ...(bound === undefined ? [] : [{ value: bound, color: then }])];
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps as never);
}

/** A figure with its recent course, coloured where it is bad. */
export function stat(text: PanelText & Bounds, of: Query["of"]): Panel {
  const isJudged = text.badAbove !== undefined || text.badBelow !== undefined;
  return headed(new statSdk.PanelBuilder(), text, { span: 4, height: 4 })
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(isJudged ? common.BigValueColorMode.Value : common.BigValueColorMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(text))
    .withTarget(target({ of }, 0));
}

/** Lines over time. */
export function graph(text: GraphOptions, ...queries: readonly Query[]): Panel {
  const { stacked = false } = text;
  const panel = headed(new timeseriesSdk.PanelBuilder(), text, { span: 8, height: 8 })
    .lineWidth(1)
    .fillOpacity(stacked === false ? 8 : 30)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .targets(queries.map(target));
  if (stacked !== false)
    panel.stacking(
      new common.StackingConfigBuilder().mode(stacked === "share" ? common.StackingMode.Percent : common.StackingMode.Normal).group("A"),
    );
  if (text.min !== undefined) panel.min(text.min);
  if (text.max !== undefined) panel.max(text.max);
  if (text.limit !== undefined)
    panel
      .thresholds(thresholds({ badAbove: text.limit }))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  return panel;
}

/** How the values of a histogram are spread over time: `of` is the growth of its buckets by `le`. */
export function heatmap(text: PanelText, of: Query["of"]): Panel {
  return headed(new heatmapSdk.PanelBuilder(), text, { span: 8, height: 8 })
    .calculate(false)
    .yAxis(new heatmapSdk.YAxisConfigBuilder().unit(text.unit))
    .withTarget(target({ of, as: "{{le}}", exemplars: true }, 0).format(prometheus.PromQueryFormat.Heatmap));
}

/** A column of a table. */
export interface Column extends Required<Pick<Query, "of" | "as">> {
  /** Where it is another one than that of the table. */
  readonly unit?: string;
}
/** Where a click on the value of a label leads to, by label. */
export interface TableText extends PanelText {
  readonly leads?: Readonly<Record<string, ValueLink>>;
}

/** A row for each set of labels, a column for each query. */
export function table(text: TableText, ...columns: readonly Column[]): Panel {
  const names = Object.fromEntries(columns.map(({ as }, at) => [columns.length === 1 ? "Value" : `Value #${letters[at] ?? "Z"}`, as]));
  const panel = headed(new tableSdk.PanelBuilder(), text, { span: 12, height: 8 })
    .targets(columns.map(({ of }, at) => rows(of, letters[at] ?? "Z")))
    .transformations([
      { id: "merge", options: {} },
      { id: "organize", options: { excludeByName: { Time: true, __name__: true }, renameByName: names } },
    ]);
  for (const { as, unit } of columns) if (unit !== undefined) panel.overrideByName(as, [{ id: "unit", value: unit }]);
  for (const [label, link] of Object.entries(text.leads ?? {})) panel.overrideByName(label, [{ id: "links", value: [link] }]);
  return panel;
}
