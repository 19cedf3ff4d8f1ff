import type { MoqAlert } from "../alert.ts";
import { burnAlerts } from "../slo/alerts.ts";
import { networkAlerts } from "./network.ts";
import { publisherAlerts } from "./publisher.ts";
import { relayAlerts } from "./relay.ts";
import { stackAlerts } from "./stack.ts";
import { telemetryAlerts } from "./telemetry.ts";
import { viewerAlerts } from "./viewers.ts";

/** Alerts of one kind. */
export interface MoqAlertGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly MoqAlert[];
}
const group = (name: string, rules: readonly MoqAlert[], intervalSeconds = 30): MoqAlertGroup => ({ name, intervalSeconds, rules });

/** Alerts over what relays, players, publishers and gateways tell: a gateway can judge them, and so can Prometheus. */
export const ownAlertGroups: readonly MoqAlertGroup[] = [
  group("moq-slo-alerts", burnAlerts),
  group("moq-viewer-alerts", viewerAlerts),
  group("moq-relay-alerts", relayAlerts, 15),
  group("moq-network-alerts", networkAlerts, 15),
  group("moq-publisher-alerts", publisherAlerts, 15),
  group("moq-telemetry-alerts", telemetryAlerts, 15),
];
/** Alerts over what only Prometheus sees: itself, its neighbours, the hosts. */
export const stackAlertGroups: readonly MoqAlertGroup[] = [group("moq-stack-alerts", stackAlerts)];
