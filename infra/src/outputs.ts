import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { boards } from "./boards/index.ts";
import { panelIds, render } from "./boards/kit/board.ts";

const made = "# Made by `pnpm generate` from @moqscope/telemetry/rules: change those, not this file.\n";
const links = { panels: panelIds(boards) };

/** Everything that `pnpm generate` writes below infra, by path. */
export function outputs(): ReadonlyMap<string, string> {
  return new Map([
    ...boards.map((board) => [`grafana/dashboards/${board.uid}.json`, `${JSON.stringify(render(board), null, 2)}\n`] as const),
    ["prometheus/rules/recording.yml", `${made}${renderPrometheusRules(recordingRules)}`],
    ["prometheus/rules/alerts.yml", `${made}${renderPrometheusRules(alertRules(links))}`],
    ["prometheus/rules/stack.yml", `${made}${renderPrometheusRules(stackAlertRules(links))}`],
  ]);
}
/** Folders that hold nothing but outputs. */
export const outputFolders = ["grafana/dashboards", "prometheus/rules"] as const;
