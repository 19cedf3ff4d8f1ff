import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "@moqscope/telemetry/rules";
import type { Receivers } from "../alertmanager.ts";
import { boards } from "../boards/index.ts";
import { panelIds, render } from "../boards/kit/board.ts";
import { grafanaManaged } from "../grafana-alerting/files.ts";

/** What can be written out: Grafana's own alerting instead of Alertmanager, or boards and rules in the folders of a monitoring mixin. */
export const layouts = ["grafana-managed", "mixin"] as const;
export type Layout = (typeof layouts)[number];

/** The files of a layout, by path. */
export function filesOf(layout: Layout, receivers: Receivers, prometheus?: string): ReadonlyMap<string, string> {
  switch (layout) {
    case "grafana-managed":
      return grafanaManaged(receivers, prometheus);
    case "mixin":
      return mixin();
  }
}

/** dashboards/, rules/ and alerts/, as tools for mixins read them. */
function mixin(): ReadonlyMap<string, string> {
  const links = { panels: panelIds(boards) };
  return new Map([
    ...boards.map((board) => [`dashboards/${board.uid}.json`, `${JSON.stringify(render(board), null, 2)}\n`] as const),
    ["rules/moqscope.yaml", renderPrometheusRules(recordingRules)],
    ["alerts/moqscope.yaml", renderPrometheusRules(alertRules(links))],
    ["alerts/moqscope-stack.yaml", renderPrometheusRules(stackAlertRules(links))],
  ]);
}
