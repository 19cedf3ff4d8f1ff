import { increase, type Vector } from "../expression.ts";
import { type Recorded, record } from "../record.ts";
import type { RecordingRule, RuleGroup } from "../rule.ts";
import { burns, errorRatio, type Slo, type SloWindow, slos, windows } from "./slo.ts";

/** Windows of a day and more change slowly and cost the most: they are computed as seldom as a look back of 5 minutes allows. */
const slow: ReadonlySet<SloWindow> = new Set(["1d", "3d"]);
const longs: ReadonlySet<SloWindow> = new Set(burns.map(({ long }) => long));

/** The recorded ratio of bad events. */
export function recordedErrors(slo: Slo, window: SloWindow): Recorded<never> {
  const of: Vector<never> = errorRatio(slo, window);
  return record(`moq:slo_${slo.name}:error_ratio_${window}`, of, `Share of the ${slo.events} of ${window} that were bad: ${slo.bad}.`);
}
/** The recorded number of events, good and bad. */
export function recordedEvents(slo: Slo, window: SloWindow): Recorded<never> {
  return record(`moq:slo_${slo.name}:events_${window}`, slo.allEvents(increase, window), `How many ${slo.events} there were in ${window}.`);
}

function group(slo: Slo, isSlow: boolean): RuleGroup {
  const some = windows.filter((window) => slow.has(window) === isSlow);
  const rules: RecordingRule[] = [
    ...some.map((window) => recordedErrors(slo, window)),
    ...some.filter((window) => longs.has(window)).map((window) => recordedEvents(slo, window)),
  ];
  return { name: `moq-slo-${slo.name}${isSlow ? "-long" : ""}`, intervalSeconds: isSlow ? 240 : 30, rules };
}

/** Error ratios over all windows, and events over the long ones. */
export const sloRules: readonly RuleGroup[] = slos.flatMap((slo) => [group(slo, false), group(slo, true)]);
