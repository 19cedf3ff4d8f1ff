import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { type Panel, source } from "./panels.ts";
import type { ScopeLabel } from "./scope.ts";

export interface Board {
  readonly uid: string;
  readonly title: string;
  /** The question it answers. */
  readonly description: string;
  /** Labels that the reader can narrow it by. */
  readonly variables: readonly (ScopeLabel | "job")[];
  /** Further variables of this board alone. */
  readonly more?: readonly dashboard.TextBoxVariableBuilder[];
  readonly rows: readonly Row[];
}
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Once for each value of a variable. */
  readonly repeat?: ScopeLabel;
  readonly collapsed?: boolean;
}

/** Where the values of each variable come from; those that no attribute of a metric narrows have no variable. */
const variables: Readonly<Record<ScopeLabel | "job", { readonly label: string; readonly values: string }>> = {
  job: { label: "Service", values: 'label_values(process_uptime_seconds{job=~"moq-.+"}, job)' },
  instance: { label: "Instance", values: 'label_values(process_uptime_seconds{job=~"moq-.+"}, instance)' },
  cloud_region: { label: "Relay region", values: 'label_values(process_uptime_seconds{job=~"moq-.+"}, cloud_region)' },
  region: { label: "Viewer region", values: 'label_values(moq_client_play_attempts_total{job="moq-player"}, region)' },
  transport: { label: "Transport", values: 'label_values(moq_client_play_attempts_total{job="moq-player"}, transport)' },
  broadcast: { label: "Broadcast", values: 'label_values(moq_relay_broadcast_subscribers{job="moq-relay"}, broadcast)' },
};

/** The dashboard as Grafana reads it from a file: no id and no version, so that nothing changes that was not meant to. */
export function render(board: Board): object {
  const built = new dashboard.DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.description)
    .tags(["moqscope"])
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .refresh("10s")
    .time({ from: "now-30m", to: "now" })
    .timezone("browser")
    .withVariable(new dashboard.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .link(
      new dashboard.DashboardLinkBuilder("moqscope")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(["moqscope"])
        .asDropdown(true)
        .keepTime(true),
    )
    .annotation(starts());
  for (const name of board.variables) built.withVariable(variable(name));
  for (const more of board.more ?? []) built.withVariable(more);
  for (const { title, panels, repeat, collapsed = false } of board.rows) {
    const row = new dashboard.RowBuilder(title).collapsed(collapsed);
    if (repeat !== undefined) row.repeat(repeat);
    built.withRow(row);
    for (const panel of panels) built.withPanel(panel);
  }
  const {
    id: _id,
    version: _version,
    ...rest
  } = built.build() as dashboard.Dashboard & { readonly id?: unknown; readonly version?: unknown };
  return { ...rest, panels: rest.panels?.map((panel, at) => ({ id: at + 1, ...withoutId(panel) })) };
}

function withoutId(panel: object): object {
  const { id: _id, ...rest } = panel as { readonly id?: unknown };
  return rest;
}

function variable(name: ScopeLabel | "job"): dashboard.QueryVariableBuilder {
  const { label, values } = variables[name];
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(source)
    .query({ qryType: 1, query: values, refId: "PrometheusVariableQueryEditor-VariableQuery" })
    .definition(values)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: "All", value: "$__all" } as never);
}

/** A process that has just begun: a deployment, or a crash. */
function starts(): dashboard.AnnotationQueryBuilder {
  return new dashboard.AnnotationQueryBuilder()
    .name("Starts of relays and gateways")
    .datasource(source)
    .enable(true)
    .iconColor("blue")
    .titleFormat("{{job}} {{instance}} started")
    .expr('process_uptime_seconds{job=~"moq-relay|moq-gateway"} < 60')
    .target(new prometheus.DataqueryBuilder().refId("Anno").expr('process_uptime_seconds{job=~"moq-relay|moq-gateway"} < 60').instant());
}
