import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Promtool, promtoolMissing, promtoolPath, type UnitTest } from "../../scripts/promtool.ts";
import { burnCases } from "./fixtures/cases/burns.ts";
import { networkCases } from "./fixtures/cases/network.ts";
import { publisherCases } from "./fixtures/cases/publisher.ts";
import { relayCases } from "./fixtures/cases/relay.ts";
import { stackCases } from "./fixtures/cases/stack.ts";
import { telemetryCases } from "./fixtures/cases/telemetry.ts";
import { viewerCases } from "./fixtures/cases/viewers.ts";
import type { AlertCase, AlertCases, Sample } from "./fixtures/sample.ts";
import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "./index.ts";
import type { AlertingRule, RuleGroup } from "./rule.ts";

const cases: AlertCases = {
  ...viewerCases,
  ...relayCases,
  ...networkCases,
  ...publisherCases,
  ...telemetryCases,
  ...stackCases,
  ...burnCases,
};
const groups = [...alertRules(), ...stackAlertRules()];
const alerts = groups.flatMap(({ rules }) => rules);
const path = promtoolPath();
if (path === undefined) process.stderr.write(`${promtoolMissing}\n`);

/** A minute of a sample for promtool, changed as a test wants it. */
type Change = (sample: Sample, steps: number, stepMinutes: number) => string;
const plain: Change = ({ values, level, perMinute = 0 }, steps, stepMinutes) =>
  values ?? (level === undefined ? `0+${perMinute * stepMinutes}x${steps}` : `${level}+0x${steps}`);
const restarted: Change = (sample, steps, stepMinutes) => {
  if (sample.perMinute === undefined) return plain(sample, steps, stepMinutes);
  const half = Math.floor(steps / 2);
  return `0+${sample.perMinute * stepMinutes}x${half} 0+${sample.perMinute * stepMinutes}x${half}`;
};
const idle: Change = (sample, steps) => {
  if (sample.perMinute !== undefined) return `1000+0x${steps}`;
  return sample.values ?? `${sample.isLoad === true ? 0 : sample.level}+0x${steps}`;
};
const scaled =
  (factor: number): Change =>
  (sample, ...rest) =>
    plain(
      {
        ...sample,
        ...(sample.perMinute === undefined ? {} : { perMinute: sample.perMinute * factor }),
        ...(sample.level === undefined ? {} : { level: sample.level * factor }),
      },
      ...rest,
    );

/** Rules that an alert needs, so that the rest costs nothing. */
function neededFor({ expr }: AlertingRule): RuleGroup[] {
  const rules = recordingRules.flatMap((group) => group.rules).filter(({ record }) => expr.includes(record));
  return rules.length === 0 ? [] : [{ name: "records", intervalSeconds: 30, rules }];
}

function testsOf(alert: AlertingRule, one: AlertCase): object[] {
  const { minutes = 30, stepSeconds = 30 } = one;
  const steps = (minutes * 60) / stepSeconds;
  const test = (name: string, samples: readonly Sample[], change: Change, firing: readonly object[] = []): object => ({
    name,
    interval: `${stepSeconds}s`,
    input_series: samples.map((sample) => ({ series: sample.series, values: change(sample, steps, stepSeconds / 60) })),
    alert_rule_test: [{ eval_time: `${minutes}m`, alertname: alert.alert, exp_alerts: firing }],
  });
  const labels = { ...alert.labels, ...one.labels };
  const text = (annotation: string): string =>
    annotation
      .replaceAll(/\{\{ \$value[^}]*\}\}/g, one.says)
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => one.labels[label] ?? "MISSING");
  const firing = {
    exp_labels: labels,
    exp_annotations: Object.fromEntries(Object.entries(alert.annotations).map(([key, value]) => [key, text(value)])),
  };
  return [
    test("fires on the bad series, and says so", one.bad, plain, [firing]),
    ...(alert.alert === "MoqWatchdog"
      ? []
      : [
          test("is quiet in health", one.good, plain),
          test("is quiet where every counter starts again from 0", one.good, restarted),
          test("is quiet where nobody does anything", one.idle ?? one.good, one.idle === undefined ? idle : plain),
        ]),
    ...(one.isOfAbsence === true ? [] : [test("is quiet where there is no series", [], plain)]),
    ...(one.few === undefined ? [] : [test("is quiet with little traffic", one.bad, scaled(one.few))]),
    ...Object.entries(one.alsoQuiet ?? {}).map(([name, samples]) => test(`is quiet: ${name}`, samples, plain)),
  ];
}

function unitTest(alert: AlertingRule, one: AlertCase | undefined): UnitTest {
  if (one === undefined) throw new Error(`there is no case of ${alert.alert}`);
  const rules = renderPrometheusRules([...neededFor(alert), { name: "alerts", intervalSeconds: 30, rules: [alert] }]);
  return { name: alert.alert, rules, tests: testsOf(alert, one), evaluationInterval: `${one.evaluationSeconds ?? one.stepSeconds ?? 30}s` };
}

test("every alert has a case, and every case an alert", () => {
  expect(Object.keys(cases).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

describe("promtool", () => {
  let promtool: Promtool;
  beforeEach(({ skip }) => {
    if (path === undefined) skip(promtoolMissing);
  });
  let isAllRight = false;
  beforeAll(() => {
    promtool = new Promtool(path ?? "promtool");
    // one start for all of them; only what fails is asked for again, by itself
    if (path !== undefined) isAllRight = promtool.passes(alerts.map((alert) => unitTest(alert, cases[alert.alert])));
  }, 120_000);
  afterAll(() => promtool.close());

  test("takes the rule files, as they are and with every duration divided by 30", () => {
    promtool.check(renderPrometheusRules([...recordingRules, ...groups]));
    promtool.check(renderPrometheusRules([...recordingRules, ...groups], { durationDivisor: 30 }));
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))("%s fires on what it is for, and on nothing else", (name, alert) => {
    if (!isAllRight) promtool.test(unitTest(alert, cases[name]));
  });
});
