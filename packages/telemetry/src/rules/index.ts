import { ownAlertGroups, stackAlertGroups } from "./alerts/index.ts";
import { type AlertLinks, linked } from "./links.ts";
import { broadcastRules } from "./records/broadcast.ts";
import { relayRules } from "./records/relay.ts";
import { rollupRules } from "./records/rollup.ts";
import { viewerRules } from "./records/viewers.ts";
import type { AlertGroup, RuleGroup } from "./rule.ts";
import { sloRules } from "./slo/records.ts";

export { foreignSeries } from "./foreign.ts";
export type { AlertLinks } from "./links.ts";
export { type RenderOptions, renderPrometheusRules } from "./render.ts";
export type { AlertGroup, AlertingRule, RecordingRule, RuleGroup } from "./rule.ts";
export { burns, type Slo, slos } from "./slo/slo.ts";

/** Every group of recording rules: what is rendered for Prometheus is what the gateway evaluates itself. */
export const recordingRules: readonly RuleGroup[] = [viewerRules, relayRules, broadcastRules, ...sloRules, rollupRules];

/** Every alert over what relays, players, publishers and gateways tell; the gateway evaluates these by default. */
export function alertRules(links?: AlertLinks): readonly AlertGroup[] {
  return linked(ownAlertGroups, links);
}

/** Alerts over what only Prometheus sees: itself, Alertmanager, the collector, the hosts. */
export function stackAlertRules(links?: AlertLinks): readonly AlertGroup[] {
  return linked(stackAlertGroups, links);
}
