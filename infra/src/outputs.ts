import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { alertmanagerConfig } from "./alertmanager.ts";
import { boards } from "./boards/index.ts";
import { panelIds, render } from "./boards/kit/board.ts";
import { profiles } from "./compose/profiles.ts";
import { renderCompose } from "./compose/render.ts";
import { datasources } from "./datasources.ts";
import { grafanaManaged } from "./grafana-alerting/files.ts";
import { pairConfig, scaleConfig, targetFiles } from "./prometheus.ts";
import { operateTables } from "./tables.ts";

const made = "# Made by `pnpm generate` from @moqscope/telemetry/rules: change those, not this file.\n";
const links = { panels: panelIds(boards) };

/** Everything that `pnpm generate` writes below infra, by path. */
export function outputs(): ReadonlyMap<string, string> {
  return new Map([
    ...boards.map((board) => [`grafana/dashboards/${board.uid}.json`, `${JSON.stringify(render(board), null, 2)}\n`] as const),
    ["prometheus/rules/recording.yml", `${made}${renderPrometheusRules(recordingRules)}`],
    ["prometheus/rules/alerts.yml", `${made}${renderPrometheusRules(alertRules(links))}`],
    ["prometheus/rules/stack.yml", `${made}${renderPrometheusRules(stackAlertRules(links))}`],
    ["prometheus/fleet.yml", pairConfig()],
    ["prometheus/scale.yml", scaleConfig()],
    ...targetFiles().map(([path, text]) => [`prometheus/${path}`, text] as const),
    ["alertmanager/alertmanager.yml", alertmanagerConfig({})],
    ["grafana/provisioning/datasources/datasources.yaml", datasources("prometheus")],
    ["grafana/provisioning-scale/datasources/datasources.yaml", datasources("mimir")],
    ["../docs/operate/tables.md", operateTables()],
    ...profiles.map((profile) => [`compose/${profile.name}.yaml`, renderCompose(profile)] as const),
    ...grafanaManaged({}),
  ]);
}
/** Folders that hold nothing but outputs. */
export const outputFolders = [
  "alertmanager",
  "grafana/alerting",
  "grafana/dashboards",
  "grafana/provisioning/datasources",
  "grafana/provisioning-scale/datasources",
  "prometheus/recording-only",
  "prometheus/rules",
  "prometheus/targets",
  "prometheus/targets-fleet",
  "prometheus/targets-scale",
] as const;
