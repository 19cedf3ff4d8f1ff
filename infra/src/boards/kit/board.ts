import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { lines, type Panel, source } from "./head.ts";
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
        .keepTime(true)
        .includeVars(true),
    )
    .annotation(alerts())
    .annotation(starts())
    .annotation(faults());
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

/** Numbers of the panels of boards, by uid and title: what alerts lead to. */
export function panelIds(boards: readonly Board[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const idsOf = (board: Board): [string, Record<string, number>] => {
    const { panels } = render(board) as {
      readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string }[];
    };
    return [board.uid, Object.fromEntries(panels.filter(({ type }) => type !== "row").map(({ id, title }) => [title, id]))];
  };
  return Object.fromEntries(boards.map(idsOf));
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

const mark = (name: string, iconColor: string): dashboard.AnnotationQueryBuilder =>
  new dashboard.AnnotationQueryBuilder().name(name).enable(true).iconColor(iconColor);

/** From where to where an alert fires. */
function alerts(): dashboard.AnnotationQueryBuilder {
  const expr = 'ALERTS{alertstate="firing",alertname!="MoqWatchdog"}';
  return mark("Alerts", "red")
    .datasource(source)
    .titleFormat("{{alertname}}")
    .textFormat("{{severity}} {{instance}}")
    .expr(expr)
    .target(new prometheus.DataqueryBuilder().refId("Anno").expr(expr).range());
}
/** A process that has just begun: a deployment, or a crash. */
function starts(): dashboard.AnnotationQueryBuilder {
  const expr = 'process_uptime_seconds{job=~"moq-relay|moq-gateway"} < 60';
  return mark("Starts of relays and gateways", "blue")
    .datasource(source)
    .titleFormat("{{job}} {{instance}} started")
    .expr(expr)
    .target(new prometheus.DataqueryBuilder().refId("Anno").expr(expr).range());
}
/** What somebody broke on purpose, and says so. */
function faults(): dashboard.AnnotationQueryBuilder {
  const expr = '{service_name=~".+"} |= "moq.fault"';
  return mark("Faults made on purpose", "purple")
    .datasource(lines)
    .titleFormat("Fault")
    .expr(expr)
    .target(new loki.DataqueryBuilder().refId("Anno").expr(expr).maxLines(100));
}
