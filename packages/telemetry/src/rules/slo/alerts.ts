import { alert, type MoqAlert } from "../alert.ts";
import { above, all, atLeast } from "../expression.ts";
import { recordedErrors, recordedEvents } from "./records.ts";
import { burns, type Slo, slos } from "./slo.ts";

function burn(slo: Slo, { long, short, factor, severity, forSeconds }: (typeof burns)[number]): MoqAlert {
  const threshold = `${factor} * ${slo.budget}`;
  const least = slo.leastEvents[long];
  return alert({
    alert: `Moq${slo.title}BudgetBurn${long}`,
    when: all(
      above(recordedErrors(slo, long).series, threshold),
      above(recordedErrors(slo, short).series, threshold),
      atLeast(recordedEvents(slo, long).series, least),
    ),
    guard: `at least ${least} ${slo.events} in ${long}`,
    forSeconds,
    severity,
    service: slo.service,
    slo: slo.name,
    summary: `{{ $value | humanizePercentage }} of ${long}: ${slo.bad}`,
    description: `The budget of 30 days (${Number((slo.budget * 100).toPrecision(3))} %: ${slo.bad}) goes ${factor} times as fast as it may, over ${long} and over the last ${short}.`,
    dashboard: "moq-slo",
    panel: `Burn rate: ${slo.name}`,
    runbook: `moq-${slo.name}-budget-burn`,
  });
}

/** Five objectives in four pairs of windows. */
export const burnAlerts: readonly MoqAlert[] = slos.flatMap((slo) => burns.map((each) => burn(slo, each)));
