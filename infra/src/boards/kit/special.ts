import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as geomapSdk from "@grafana/grafana-foundation-sdk/geomap";
import * as logsSdk from "@grafana/grafana-foundation-sdk/logs";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as nodegraphSdk from "@grafana/grafana-foundation-sdk/nodegraph";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as tableSdk from "@grafana/grafana-foundation-sdk/table";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import { type Panel, type PanelText, type Query, source } from "./panels.ts";

type Text = Omit<PanelText, "unit">;
const traces: common.DataSourceRef = { type: "tempo", uid: "tempo" };
const lines: common.DataSourceRef = { type: "loki", uid: "loki" };

/** Countries by a figure. The map behind it comes from the internet: a table beside it says the same. */
export function countryMap(text: PanelText, of: Query["of"]): Panel {
  return new geomapSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .unit(text.unit)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 12)
    .height(12)
    .layers([
      new common.MapLayerOptionsBuilder()
        .name(text.title)
        .type("markers")
        .config({ style: { size: { field: "Value", min: 4, max: 30 }, opacity: 0.6 }, showLegend: false })
        .location(
          new common.FrameGeometrySourceBuilder()
            .mode(common.FrameGeometrySourceMode.Lookup)
            .lookup("country")
            .gazetteer("public/gazetteer/countries.json"),
        ),
    ])
    .withTarget(
      new prometheus.DataqueryBuilder().refId("A").datasource(source).expr(of.text).instant().format(prometheus.PromQueryFormat.Table),
    );
}

/** Relays and the links between them: `nodes` by instance, `edges` by instance and peer_node with the label `id`. */
export function topology(text: Text, nodes: Query["of"], edges: Query["of"]): Panel {
  const query = (refId: string, of: Query["of"]): prometheus.DataqueryBuilder =>
    new prometheus.DataqueryBuilder().refId(refId).datasource(source).expr(of.text).instant().format(prometheus.PromQueryFormat.Table);
  const rename = (refId: string, renameByName: Record<string, string>): dashboard.DataTransformerConfig => ({
    id: "organize",
    filter: { id: "byRefId", options: refId },
    options: { excludeByName: { Time: true }, renameByName },
  });
  return new nodegraphSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(source)
    .noValue(text.silent ?? "No data")
    .span(text.span ?? 12)
    .height(12)
    .targets([query("nodes", nodes), query("edges", edges)])
    .transformations([
      rename("nodes", { instance: "id", Value: "mainStat" }),
      rename("edges", { peer_node: "source", instance: "target", Value: "mainStat" }),
    ]);
}

/** One trace. */
export function trace(text: Text, id: string): Panel {
  return new dashboard.PanelBuilder()
    .type("traces")
    .title(text.title)
    .description(text.description)
    .datasource(traces)
    .span(text.span ?? 24)
    .height(14)
    .withTarget(new tempo.DataqueryBuilder().refId("A").datasource(traces).queryType("traceql").query(id));
}

/** Traces that a search finds, newest first. */
export function traceTable(text: Text, search: string): Panel {
  return new tableSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(traces)
    .unit("short")
    .noValue(text.silent ?? "None in this time")
    .span(text.span ?? 12)
    .height(9)
    .withTarget(
      new tempo.DataqueryBuilder()
        .refId("A")
        .datasource(traces)
        .queryType("traceql")
        .query(search)
        .limit(50)
        .tableType(tempo.SearchTableType.Traces),
    );
}

/** Lines of logs, newest first. */
export function logs(text: Text, search: string): Panel {
  return new logsSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(lines)
    .noValue(text.silent ?? "None in this time")
    .span(text.span ?? 24)
    .height(12)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .withTarget(new loki.DataqueryBuilder().refId("A").datasource(lines).expr(search).maxLines(500));
}
