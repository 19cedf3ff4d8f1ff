/**
 * Every alert as the gateway judges it, on the series with which promtool tries the same alerts (packages/telemetry/src/rules): also a machine
 * without promtool knows that each fires on what it is for, and on nothing else.
 */
import { describe, expect, it } from "vitest";
import { type RuleParts } from "../packages/gateway/src/rules/evaluated.ts";
import { RuleGroups } from "../packages/gateway/src/rules/rule-groups.ts";
import { HistoryStore } from "../packages/gateway/src/tsdb/history-store.ts";
import { Labels } from "../packages/gateway/src/tsdb/labels.ts";
import { alertCases } from "../packages/telemetry/src/rules/fixtures/cases/index.ts";
import type { AlertCase } from "../packages/telemetry/src/rules/fixtures/sample.ts";
import { type Scenario, scenarios, textOf, timesOf } from "../packages/telemetry/src/rules/fixtures/scenario.ts";
import { alertRules, recordingRules, stackAlertRules } from "../packages/telemetry/src/rules/index.ts";

const startMs = 1_800_000_000_000;
const alerts = [...alertRules(), ...stackAlertRules()].flatMap(({ rules }) => rules);

/** `name{a="b"}` as labels. */
function labelsOf(series: string): Labels {
  const [name = "", rest = ""] = series.split("{");
  const pairs = [...rest.matchAll(/([\w.]+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value] as const);
  return Labels.fromPairs([["__name__", name], ...pairs]);
}

/** Values as promtool spells them: `0+5x10` are eleven, `_x3` are three that are not there. */
function expand(values: string): (number | undefined)[] {
  return values.split(" ").flatMap((part) => {
    const missing = /^_x(\d+)$/.exec(part);
    if (missing !== null) return Array.from({ length: Number(missing[1]) }, () => undefined);
    const [, first = "", step = "", count = ""] = /^(-?[\d.e+]+?)\+([\d.e-]+)x(\d+)$/.exec(part) ?? [];
    return Array.from({ length: Number(count) + 1 }, (_, index) => Number(first) + index * Number(step));
  });
}

/** Runs the alert and the rules it reads over a scenario; what fires at its end. */
async function firing(name: string, one: AlertCase, { series }: Scenario): Promise<{ labels: Record<string, string>; summary: string }[]> {
  const history = new HistoryStore({ memoryBytes: 1e9, series: 10_000 });
  const parts: RuleParts = { history, evaluated: () => {}, changed: () => {} };
  const rules = alerts.filter(({ alert }) => alert === name);
  const recorded = recordingRules.flatMap((group) => group.rules).filter(({ record }) => rules.some(({ expr }) => expr.includes(record)));
  const { minutes, stepSeconds, evaluationSeconds } = timesOf(one);
  const groups = new RuleGroups(
    [
      { name: "records", intervalSeconds: evaluationSeconds, rules: recorded },
      { name: "alerts", intervalSeconds: evaluationSeconds, rules },
    ],
    parts,
    () => 0,
  );
  const all = series.map((each) => ({ target: history.open(labelsOf(each.series)), values: expand(each.values) }));
  for (let second = 0; second <= minutes * 60; second += stepSeconds) {
    for (const { target, values } of all) {
      const value = values[second / stepSeconds];
      if (value !== undefined) target?.write(startMs + second * 1000, value);
    }
    groups.tick(startMs + second * 1000);
    await groups.idle();
  }
  const [status] = groups.status()[1]?.rules ?? [];
  return (status?.alerts ?? [])
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations }) => ({ labels: labels.toRecord(), summary: annotations["summary"] ?? "" }));
}

/** What a gateway leaves to Prometheus: it does not reach back so far. */
const isTooLong = (name: string): boolean => /3d$|^MoqWebSocketFallback$/.test(name);

describe.each(alerts.filter(({ alert }) => !isTooLong(alert)).map((alert) => [alert.alert, alert] as const))("%s", (name, alert) => {
  const one = alertCases[name] as AlertCase;
  it.each(scenarios(one).map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    const expected = {
      labels: { alertname: name, ...alert.labels, ...one.labels },
      summary: textOf(alert.annotations["summary"] ?? "", one),
    };
    expect(await firing(name, one, scenario)).toEqual(scenario.fires ? [expected] : []);
  });
});
