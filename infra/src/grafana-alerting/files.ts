import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "@moqscope/telemetry/rules";
import type { Receivers } from "../alertmanager.ts";
import { boards } from "../boards/index.ts";
import { panelIds } from "../boards/kit/board.ts";
import { contactPoints, muteTimes, policies } from "./notifications.ts";
import { grafanaRules } from "./rules.ts";

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The alternative to Prometheus with Alertmanager, by path: Grafana's provisioning files, and the rules that stay in Prometheus, which are
 * recording rules alone, so that no alert has two senders.
 */
export function grafanaManaged(receivers: Receivers, prometheus = "prometheus"): ReadonlyMap<string, string> {
  const links = { panels: panelIds(boards) };
  const groups = grafanaRules([...alertRules(links), ...stackAlertRules(links)], { prometheus });
  return new Map([
    ["grafana/alerting/rules.json", json({ apiVersion: 1, groups })],
    ["grafana/alerting/contact-points.json", json(contactPoints(receivers))],
    ["grafana/alerting/policies.json", json(policies())],
    ["grafana/alerting/mute-times.json", json(muteTimes())],
    ["prometheus/recording-only/recording.yml", renderPrometheusRules(recordingRules)],
  ]);
}
