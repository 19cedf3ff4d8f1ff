import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noPromtool, promtoolPath } from "../../../../scripts/foreign/promtool.ts";
import { Promtool, type UnitTest } from "../../scripts/promtool.ts";
import { alertCases } from "./fixtures/cases/index.ts";
import type { AlertCase } from "./fixtures/sample.ts";
import { scenarios, textOf, timesOf } from "./fixtures/scenario.ts";
import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "./index.ts";
import type { AlertingRule, RuleGroup } from "./rule.ts";

const groups = [...alertRules(), ...stackAlertRules()];
const alerts = groups.flatMap(({ rules }) => rules);
const path = promtoolPath();
if (path === undefined) process.stderr.write(`${noPromtool}\n`);

/** Rules that an alert needs, so that the rest costs nothing. */
function neededFor({ expr }: AlertingRule): RuleGroup[] {
  const rules = recordingRules.flatMap((group) => group.rules).filter(({ record }) => expr.includes(record));
  return rules.length === 0 ? [] : [{ name: "records", intervalSeconds: 30, rules }];
}

function unitTest(alert: AlertingRule, one: AlertCase | undefined): UnitTest {
  if (one === undefined) throw new Error(`there is no case of ${alert.alert}`);
  const { minutes, stepSeconds, evaluationSeconds } = timesOf(one);
  const firing = {
    exp_labels: { ...alert.labels, ...one.labels },
    exp_annotations: Object.fromEntries(Object.entries(alert.annotations).map(([key, text]) => [key, textOf(text, one)])),
  };
  return {
    name: alert.alert,
    rules: renderPrometheusRules([...neededFor(alert), { name: "alerts", intervalSeconds: 30, rules: [alert] }]),
    evaluationInterval: `${evaluationSeconds}s`,
    tests: scenarios(one).map(({ name, series, fires }) => ({
      name,
      interval: `${stepSeconds}s`,
      input_series: series,
      alert_rule_test: [{ eval_time: `${minutes}m`, alertname: alert.alert, exp_alerts: fires ? [firing] : [] }],
    })),
  };
}

describe("promtool", () => {
  let promtool: Promtool;
  beforeEach(({ skip }) => {
    if (path === undefined) skip(noPromtool);
  });
  let isAllRight = false;
  beforeAll(() => {
    promtool = new Promtool(path ?? "promtool");
    // one start for all of them; only what fails is asked for again, by itself
    if (path !== undefined) isAllRight = promtool.passes(alerts.map((alert) => unitTest(alert, alertCases[alert.alert])));
  }, 120_000);
  afterAll(() => promtool.close());

  test("takes the rule files, as they are and with every duration divided by 30", () => {
    promtool.check(renderPrometheusRules([...recordingRules, ...groups]));
    promtool.check(renderPrometheusRules([...recordingRules, ...groups], { durationDivisor: 30 }));
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))("%s fires on what it is for, and on nothing else", (name, alert) => {
    if (!isAllRight) promtool.test(unitTest(alert, alertCases[name]));
    expect(scenarios(alertCases[name] as AlertCase).length).toBeGreaterThan(0);
  });
});
