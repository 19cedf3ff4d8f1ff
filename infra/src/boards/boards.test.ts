import { QueryChecker, withoutVariables } from "@moqscope/telemetry/check";
import { alertRules, foreignSeries, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { describe, expect, test } from "vitest";
import { boards } from "./index.ts";
import { render } from "./kit/board.ts";

interface Target {
  readonly expr?: string;
  readonly query?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
}
interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
}
interface BoardJson {
  readonly uid: string;
  readonly editable: boolean;
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly { readonly type: string; readonly name: string; readonly refresh?: number; readonly definition?: string }[];
  };
}

const rendered = boards.map((board) => render(board) as BoardJson);
const panels = rendered.flatMap((board) => board.panels.map((panel) => ({ board, panel, name: `${board.uid}: ${panel.title ?? ""}` })));
const drawn = panels.filter(({ panel }) => panel.type !== "row");
const queries = drawn.flatMap(({ panel, name }) =>
  (panel.targets ?? [])
    .filter(({ datasource }) => datasource?.type === "prometheus")
    .map(({ expr = "" }, at): [string, string] => [`${name} #${at + 1}`, expr]),
);
/** What Prometheus itself writes about its alerts. */
const alertsSeries = { ALERTS: { type: "gauge", labels: ["alertname", "alertstate", "severity", "instance"] } } as const;
const recorded = recordingRules.flatMap(({ rules }) => rules);
const checker = new QueryChecker({ recorded, thirdParty: { ...foreignSeries, ...alertsSeries } });

/** Panels that come with Grafana. */
const core = ["row", "stat", "timeseries", "heatmap", "table", "geomap", "nodeGraph", "alertlist", "traces", "logs"];

describe("the boards", () => {
  test("are the ten of the design, read-only, with ids of their own", () => {
    expect(rendered.map(({ uid }) => uid)).toEqual(
      ["overview", "viewers", "broadcast", "pipeline", "network", "fleet", "slo", "session", "gateway", "host"].map(
        (name) => `moq-${name}`,
      ),
    );
    for (const { editable, panels: all } of rendered) {
      expect(editable).toBe(false);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    }
  });
  test.each(drawn.map(({ name, panel }): [string, PanelJson] => [name, panel]))(
    "%s: says what it shows and is of Grafana's own kinds",
    (_name, panel) => {
      expect(core).toContain(panel.type);
      expect(panel.description?.length).toBeGreaterThan(10);
      if (panel.type !== "alertlist") expect(panel.targets?.length).toBeGreaterThan(0);
      if (["stat", "timeseries", "heatmap", "geomap", "table"].includes(panel.type)) {
        expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
        expect(panel.fieldConfig?.defaults.noValue).toBeTruthy();
      }
    },
  );
  test("have variables that are read anew when the time range changes, and one data source", () => {
    for (const { templating } of rendered) {
      expect(templating.list.filter(({ type }) => type === "datasource").map(({ name }) => name)).toEqual(["datasource"]);
      for (const { type, refresh } of templating.list) if (type === "query") expect(refresh).toBe(2);
    }
  });
  test("are where every alert leads to", () => {
    const uids = new Set(rendered.map(({ uid }) => uid));
    for (const { alert, annotations } of [...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules))
      expect(uids, alert).toContain(annotations["__dashboardUid__"]);
  });
});

describe("the queries of the boards", () => {
  test.each(queries)("%s names only what exists, and counts it as it should", (_name, expr) => {
    expect(checker.check(withoutVariables(expr))).toEqual([]);
  });
  test.each(queries)("%s: rates are over Grafana's interval, and each series of ours has its job", (_name, expr) => {
    for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g)) expect(["$__rate_interval", "30d", "1m"]).toContain(window);
    for (const name of checker.seriesIn(withoutVariables(expr)))
      if (/^(?:moq|process|nodejs|v8js)_/.test(name) && !isOfObjectives(expr))
        expect(expr).toMatch(new RegExp(`\\b${name}\\{[^}]*job(?:=~|=)"`));
  });
  test("find what the checker is there for", () => {
    expect(checker.check("sum(rate(moq_client_startup_seconds_count[5m]))")).not.toEqual([]);
    expect(checker.check('sum(moq_relay_active_subscribers{peer="viewer"})')).not.toEqual([]);
  });
  test("of variables and annotations name only what exists", () => {
    for (const { annotations, templating } of rendered) {
      for (const { expr } of annotations.list) expect(checker.check(expr)).toEqual([]);
      for (const { definition } of templating.list) {
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? "label_values(process_uptime_seconds, job)") ?? [];
        expect(checker.check(`count by (${label ?? ""}) (${selector ?? ""})`)).toEqual([]);
      }
    }
  });
});

/** The objectives are computed by the same expressions as their alerts, which go over the whole fleet. */
function isOfObjectives(expr: string): boolean {
  return expr.includes("[30d]");
}
