import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as dashlistSdk from "@grafana/grafana-foundation-sdk/dashboardlist";
import * as geomapSdk from "@grafana/grafana-foundation-sdk/geomap";
import * as logsSdk from "@grafana/grafana-foundation-sdk/logs";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as nodegraphSdk from "@grafana/grafana-foundation-sdk/nodegraph";
import * as tableSdk from "@grafana/grafana-foundation-sdk/table";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import { headed, lines, type Panel, type PanelText, traces } from "./head.ts";
import type { ValueLink } from "./links.ts";
import { type Query, rows } from "./panels.ts";

type Text = Omit<PanelText, "unit">;
/** Text of a panel that draws no number, and what it says without data. */
const unitless = (text: Text, silent = "No data"): PanelText => ({ silent, ...text, unit: "short" });

function map(text: PanelText, of: Query["of"], place: common.FrameGeometrySourceBuilder): Panel {
  return headed(new geomapSdk.PanelBuilder(), text, { span: 12, height: 12 })
    .layers([
      new common.MapLayerOptionsBuilder()
        .name(text.title)
        .type("markers")
        .config({ style: { size: { field: "Value", min: 4, max: 30 }, opacity: 0.6 }, showLegend: false })
        .location(place),
    ])
    .withTarget(rows(of, "A"));
}

/** Countries by a figure. The map behind it comes from the internet: a table beside it says the same. */
export function countryMap(text: PanelText, of: Query["of"]): Panel {
  const place = new common.FrameGeometrySourceBuilder()
    .mode(common.FrameGeometrySourceMode.Lookup)
    .lookup("country")
    .gazetteer("public/gazetteer/countries.json");
  return map(text, of, place);
}
/** Places by a figure, whose label `geohash` says where they are. */
export function placeMap(text: PanelText, of: Query["of"]): Panel {
  return map(text, of, new common.FrameGeometrySourceBuilder().mode(common.FrameGeometrySourceMode.Geohash).geohash("geohash"));
}

/** What a graph of nodes is drawn from. Every query is joined to its node by the label `instance`. */
export interface Topology {
  /** The figure in a node. */
  readonly inside: Query["of"];
  /** The figure below it. */
  readonly below: Query["of"];
  /** Of 0 to 1: the part of its ring that is well. */
  readonly well: Query["of"];
  /** By instance and peer_node, with the labels `id` and `color`. */
  readonly edges: Query["of"];
}

/** Relays and the links between them. */
export function topology(text: Text & { readonly belowUnit: string; readonly edgeUnit: string }, of: Topology): Panel {
  const only = (refIds: string): Pick<dashboard.DataTransformerConfig, "filter"> => ({ filter: { id: "byRefId", options: refIds } });
  const rename = (refIds: string, renameByName: Record<string, string>): dashboard.DataTransformerConfig => ({
    id: "organize",
    ...only(refIds),
    options: { excludeByName: { Time: true }, renameByName },
  });
  const nodes = "/^nodes/";
  return headed(new nodegraphSdk.PanelBuilder(), unitless(text), { span: 12, height: 12 })
    .nodes(
      new nodegraphSdk.NodeOptionsBuilder()
        .mainStatUnit("short")
        .secondaryStatUnit(text.belowUnit)
        .arcs([
          new nodegraphSdk.ArcOptionBuilder().field("arc__ok").color("green"),
          new nodegraphSdk.ArcOptionBuilder().field("arc__drop").color("red"),
        ]),
    )
    .edges(new nodegraphSdk.EdgeOptionsBuilder().mainStatUnit(text.edgeUnit))
    .targets([
      rows(of.inside, "nodesA"),
      rows(of.below, "nodesB"),
      rows(of.well, "nodesC"),
      rows({ text: `1 - (${of.well.text})` }, "nodesD"),
      rows(of.edges, "edges"),
    ])
    .transformations([
      { id: "merge", ...only(nodes), options: {} },
      rename(nodes, {
        instance: "id",
        cloud_region: "subTitle",
        "Value #nodesA": "mainStat",
        "Value #nodesB": "secondaryStat",
        "Value #nodesC": "arc__ok",
        "Value #nodesD": "arc__drop",
      }),
      rename("edges", { peer_node: "source", instance: "target", Value: "mainStat" }),
    ]);
}

/** One trace. */
export function trace(text: Text, id: string): Panel {
  return headed(new dashboard.PanelBuilder().type("traces"), unitless(text, "Tempo has no such trace"), {
    span: 24,
    height: 14,
    from: traces,
  }).withTarget(new tempo.DataqueryBuilder().refId("A").datasource(traces).queryType("traceql").query(id));
}

/** Where a click on a field of a found trace or span leads to, by field. */
export interface TraceTableText extends Text {
  readonly leads?: Readonly<Record<string, ValueLink>>;
  /** A row for each span, with what its query selects, instead of each trace. */
  readonly spans?: boolean;
}

/** Traces that a search finds, newest first. */
export function traceTable(text: TraceTableText, search: string): Panel {
  const panel = headed(new tableSdk.PanelBuilder(), unitless(text, "Tempo found none in this time"), {
    span: 12,
    height: 9,
    from: traces,
  }).withTarget(
    new tempo.DataqueryBuilder()
      .refId("A")
      .datasource(traces)
      .queryType("traceql")
      .query(search)
      .limit(50)
      .tableType(text.spans === true ? tempo.SearchTableType.Spans : tempo.SearchTableType.Traces),
  );
  for (const [field, link] of Object.entries(text.leads ?? {})) panel.overrideByName(field, [{ id: "links", value: [link] }]);
  return panel;
}

/** Lines of logs, newest first. */
export function logs(text: Text, search: string): Panel {
  return headed(new logsSdk.PanelBuilder(), unitless(text, "Loki found none in this time"), { span: 24, height: 12, from: lines })
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .withTarget(new loki.DataqueryBuilder().refId("A").datasource(lines).expr(search).maxLines(500));
}

/** Alerts that fire or wait. */
export function alertList(text: Omit<PanelText, "unit" | "silent">): Panel {
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

/** The other boards, with the variables and the time range of this one. */
export function boardList(text: Omit<PanelText, "unit" | "silent">): Panel {
  return new dashlistSdk.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .span(text.span ?? 8)
    .height(8)
    .showStarred(false)
    .showRecentlyViewed(false)
    .showSearch(true)
    .showHeadings(false)
    .showFolderNames(false)
    .maxItems(20)
    .tags(["moqscope"])
    .keepTime(true)
    .includeVars(true);
}
