import { describe, expect, test } from "vitest";
import { boards } from "../index.ts";
import { render } from "../kit/board.ts";
import type { BoardJson } from "./board-json.ts";
import { exceptions } from "./exceptions.ts";
import { lintRules } from "./rules.ts";

const rendered = boards.map((board) => render(board) as BoardJson);
const overview = rendered[0] as BoardJson;
const sources = {
  prometheus: { type: "prometheus", uid: "${datasource}" },
  loki: { type: "loki", uid: "loki" },
  tempo: { type: "tempo", uid: "tempo" },
};

describe.each(Object.entries(lintRules))("%s", (id, rule) => {
  test.each(rendered.map((board): [string, BoardJson] => [board.uid, board]))("%s", (uid, board) => {
    const found = rule(board);
    if (exceptions[id]?.[uid] === undefined) expect(found).toEqual([]);
    else expect(found, "an exception that nothing needs").not.toEqual([]);
  });
});
test("exceptions are of rules and boards that exist", () => {
  for (const [id, of] of Object.entries(exceptions)) {
    expect(lintRules).toHaveProperty(id);
    for (const uid of Object.keys(of)) expect(rendered.map((board) => board.uid)).toContain(uid);
  }
});

type Plant = (board: BoardJson) => BoardJson;
type Kind = keyof typeof sources;
/** The overview with one panel more, whose query is the one given. */
const query = (expr: string, kind: Kind = "prometheus", more: object = {}): Plant => {
  return (board) => ({
    ...board,
    panels: [...board.panels, { ...whole(kind), targets: [{ expr, query: expr, datasource: sources[kind], ...more }] }],
  });
};
const whole = (kind: Kind = "prometheus"): BoardJson["panels"][number] => ({
  id: 999,
  type: "timeseries",
  title: "Planted",
  description: "A panel that is right but for one thing.",
  datasource: sources[kind],
  gridPos: { x: 0, y: 200, w: 8, h: 8 },
  targets: [{ expr: 'sum(moq_gateway_active_sessions{job="moq-gateway"})', datasource: sources.prometheus }],
  fieldConfig: { defaults: { unit: "short", noValue: "No gateway reports" } },
});
const panel =
  (change: object): Plant =>
  (board) => ({ ...board, panels: [...board.panels, { ...whole(), ...change }] });
const variables =
  (list: readonly object[]): Plant =>
  (board) => ({
    ...board,
    templating: { list: [...board.templating.list, ...list] as BoardJson["templating"]["list"] },
  });
const onlyVariables =
  (keep: (name: string) => boolean, of = "moq-host"): Plant =>
  () => {
    const board = rendered.find(({ uid }) => uid === of) as BoardJson;
    return { ...board, templating: { list: board.templating.list.filter(({ name }) => keep(name)) } };
  };

/** A fault for each rule, planted in a board that is right. */
const planted: Readonly<Record<string, readonly Plant[]>> = {
  "template-datasource-rule": [variables([{ type: "datasource", name: "second", query: "prometheus" }])],
  "panel-datasource-rule": [
    panel({ datasource: { type: "prometheus", uid: "prometheus" } }),
    query('{a="b"}', "loki", { datasource: { type: "loki", uid: "other" } }),
  ],
  "template-job-rule": [onlyVariables((name) => name !== "job")],
  "template-instance-rule": [onlyVariables((name) => name !== "instance")],
  "target-job-rule": [query("sum(moq_gateway_active_sessions)")],
  "target-instance-rule": [query('sum(moq_gateway_active_sessions{job="moq-gateway",instance=~"$instance"})')],
  "template-label-promql-rule": [
    variables([{ type: "query", name: "x", refresh: 2, definition: "label_values(moq_nothing, job)" }]),
    variables([{ type: "query", name: "x", refresh: 2, definition: "process_uptime_seconds" }]),
  ],
  "template-on-time-change-reload-rule": [
    variables([{ type: "query", name: "x", refresh: 1, definition: "label_values(process_uptime_seconds, job)" }]),
  ],
  "panel-title-description-rule": [panel({ title: "" }), panel({ description: "Short." })],
  "panel-units-rule": [panel({ fieldConfig: { defaults: { noValue: "No gateway reports" } } })],
  "panel-no-targets-rule": [panel({ targets: [] })],
  "target-promql-rule": [
    query("sum(rate(moq_relay_bytes_sent_total[$__rate_interval])"),
    query('histogram_quantile(0.9, sum(rate(moq_client_latency_seconds_bucket{job="moq-player"}[$__rate_interval])))'),
  ],
  "target-logql-rule": [query('{service_name="moq-relay" | trace_id', "loki"), query("", "loki")],
  "target-logql-auto-rule": [query('sum(rate({service_name="moq-relay"}[5m]))', "loki")],
  "target-rate-interval-rule": [query('sum(rate(moq_relay_bytes_sent_total{job="moq-relay"}[5m]))')],
  "target-counter-agg-rule": [
    query('sum(moq_relay_bytes_sent_total{job="moq-relay"})'),
    query('sum(rate(moq_relay_active_streams{job="moq-relay"}[$__rate_interval]))'),
  ],
  "uneditable-dashboard": [(board) => ({ ...board, editable: true })],
  "moq-traceql": [query("{ name = ", "tempo"), query("{ nam == 2 }", "tempo")],
  "moq-registry": [
    query('sum(moq_relay_viewers{job="moq-relay"})'),
    query('sum by (nothing) (moq_relay_active_streams{job="moq-relay"})'),
    query('sum(moq_relay_active_streams{job="moq-relay",origin="far"})'),
  ],
  "moq-no-vector-zero": [query('sum(moq_relay_active_streams{job="moq-relay"}) or vector(0)')],
  "moq-no-clamp-min": [
    query('sum(moq_relay_active_streams{job="moq-relay"}) / clamp_min(sum(moq_relay_active_subscribers{job="moq-relay"}), 1)'),
  ],
  "moq-le-regex": [query('sum(rate(moq_client_startup_time_seconds_bucket{job="moq-player",le="2"}[$__rate_interval]))')],
  "moq-sum-without-instance": [
    query('rate(moq_client_play_time_seconds_total{job="moq-player"}[$__rate_interval])'),
    query('sum by (instance) (rate(moq_client_play_time_seconds_total{job="moq-player"}[$__rate_interval]))'),
    query('sum without (region) (rate(moq_client_play_time_seconds_total{job="moq-player"}[$__rate_interval]))'),
  ],
  "moq-core-panels": [panel({ type: "grafana-worldmap-panel" })],
  "moq-no-session": [
    query('sum by (session_id) (moq_gateway_active_sessions{job="moq-gateway"})'),
    query("up", "prometheus", { legendFormat: "{{client_address}}" }),
  ],
  "moq-silent-component": [panel({ fieldConfig: { defaults: { unit: "short", noValue: "No data" } } })],
  "moq-unique-titles": [panel({ title: "Viewers" })],
  "moq-used-variables": [
    variables([{ type: "query", name: "unread", refresh: 2, definition: "label_values(process_uptime_seconds, job)" }]),
  ],
  "moq-broadcast-variable": [variables([{ type: "query", name: "broadcast", refresh: 2 }])],
};

describe("a planted fault is found", () => {
  test("for each rule", () => expect(Object.keys(planted)).toEqual(Object.keys(lintRules)));
  test.each(Object.entries(planted).flatMap(([id, plants]) => plants.map((plant, at): [string, number, Plant] => [id, at + 1, plant])))(
    "by %s, %i",
    (id, _at, plant) => {
      expect(lintRules[id]?.(plant(overview)).length).toBeGreaterThan(0);
    },
  );
  test("by the rules it breaks alone", () => {
    const broken = query('sum(moq_relay_active_streams{job="moq-relay"}) or vector(0)')(overview);
    const found = Object.entries(lintRules).filter(
      ([id, rule]) => exceptions[id]?.["moq-overview"] === undefined && rule(broken).length > 0,
    );
    expect(found.map(([id]) => id)).toEqual(["moq-no-vector-zero"]);
  });
});
