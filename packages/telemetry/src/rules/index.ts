import { networkRules } from "./network.ts";
import type { RuleGroup } from "./rule.ts";

export type { AlertGroup, AlertingRule, RecordingRule, RuleGroup } from "./rule.ts";

/** Every group of recording rules: what is rendered for Prometheus is what the gateway may evaluate itself. */
export const recordingRules: readonly RuleGroup[] = [networkRules];
