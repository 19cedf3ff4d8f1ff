import { describe, expect, test } from "vitest";
import { QueryChecker } from "../check/index.ts";
import { kebab } from "./alert.ts";
import { ownAlertGroups, stackAlertGroups } from "./alerts/index.ts";
import { alertCases } from "./fixtures/cases/index.ts";
import type { AlertCase } from "./fixtures/sample.ts";
import { scenarios } from "./fixtures/scenario.ts";
import { foreignSeries } from "./foreign.ts";
import { alertRules, recordingRules, renderPrometheusRules, stackAlertRules } from "./index.ts";
import { burns, slos } from "./slo/slo.ts";

const rules = recordingRules.flatMap((group) => group.rules);
const alerts = [...ownAlertGroups, ...stackAlertGroups].flatMap((group) => group.rules);
const expressions = [
  ...rules.map(({ record, expr }) => [record, expr] as const),
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
];
const recorded = new Set(rules.map(({ record }) => record));
const checker = new QueryChecker({ recorded: rules, thirdParty: foreignSeries });

test.each(expressions)("%s asks for what there is, in a way that does not lie", (name, expr) => {
  // an uptime is a gauge that falls at a restart only: how often it falls is how often the process began
  const isUptime = expr.includes("resets(process_uptime_seconds");
  expect(checker.check(expr).filter(({ rule }) => !(isUptime && rule === "rate-of-gauge"))).toEqual([]);
  expect(checker.seriesIn(expr).length > 0 || name === "MoqWatchdog").toBe(true);
});

test.each(expressions)("%s fills nothing with 0 and clamps nothing", (name, expr) => {
  expect(expr).not.toMatch(/\bor\b|clamp_/);
  if (name !== "MoqWatchdog") expect(expr).not.toMatch(/vector\s*\(/);
});

describe("recording rules", () => {
  test("have one name each, of the form level:metric:operation", () => {
    expect(recorded.size).toBe(rules.length);
    for (const { record } of rules) expect(record).toMatch(/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/);
  });
  test("hold each objective over every window, with its events where alerts ask for them", () => {
    for (const { name } of slos) {
      const of = [...recorded].filter((record) => record.startsWith(`moq:slo_${name}:`));
      expect(of).toHaveLength(7 + 4 + 2);
    }
  });
  test("come before those that read them", () => {
    const seen = new Set<string>();
    for (const { record, expr } of rules) {
      for (const name of checker.seriesIn(expr).filter((each) => recorded.has(each)))
        expect([...seen], `${record} reads ${name}`).toContain(name);
      seen.add(record);
    }
  });
});

describe("alerts", () => {
  test("have each a case in which they fire, and every case is one of an alert", () => {
    expect(Object.keys(alertCases).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });
  test.each(alerts.map(({ alert }) => alert))("%s is tried on bad series, in health, on a restart, and without traffic", (name) => {
    const one = alertCases[name] as AlertCase;
    const tried = scenarios(one).map((scenario) => `${scenario.fires ? "fires" : "quiet"}: ${scenario.name}`);
    const fires = ["fires: fires on the bad series, and says so"];
    const quiet = [
      "quiet: is quiet in health",
      "quiet: is quiet where every counter starts again from 0",
      "quiet: is quiet where nobody does anything",
    ];
    // What fires of absence, or always, has nothing to be quiet on; there is one of each.
    const absent = name === "MoqTelemetryAbsent" ? [] : ["quiet: is quiet where there is no series"];
    expect(tried).toEqual(expect.arrayContaining(name === "MoqWatchdog" ? fires : [...fires, ...quiet, ...absent]));
    expect([one.isAlways === true, one.isOfAbsence === true]).toEqual([
      name === "MoqWatchdog",
      ["MoqTelemetryAbsent", "MoqWatchdog"].includes(name),
    ]);
  });
  test("have one name each, and the 20 burn rates are there", () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    expect(alerts.filter(({ alert }) => /BudgetBurn/.test(alert))).toHaveLength(slos.length * burns.length);
  });
  test.each(alerts.map((alert) => [alert.alert, alert] as const))(
    "%s says what is wrong with its value, how bad it is, and where to read on",
    (_name, one) => {
      expect(one.labels["severity"]).toMatch(/^(?:page|ticket|info)$/);
      expect(one.labels["service"]).toMatch(/^(?:moq-(?:player|publisher|relay|gateway)|monitoring)$/);
      expect([one.labels["slo"], one.labels["symptom"]].filter((label) => label !== undefined)).toHaveLength(1);
      expect(one.annotations["summary"]).toContain("{{ $value");
      expect(one.annotations["description"]).toMatch(/\.$/);
      expect(one.guard).not.toBe("");
      expect(one.runbook).toMatch(/^moq(?:-[a-z0-9]+)+$/);
    },
  );
  test.each(alerts.map((alert) => [alert.alert, alert] as const))("%s names only labels that its series have", (_name, one) => {
    const text = Object.values(one.annotations).join(" ");
    const named = [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
    const kept = [...one.expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, inside = ""]) => inside.split(", "));
    const ofRecord = one.expr.startsWith("moq:relay_packet_loss") ? ["instance", "cloud_region", "source"] : [];
    for (const label of named) expect([...kept, ...ofRecord], label).toContain(label);
  });
  test.each([
    ["MoqStartupSlow", "moq-startup-slow"],
    ["MoqWebSocketFallback", "moq-web-socket-fallback"],
    ["MoqJoinBudgetBurn1h", "moq-join-budget-burn1h"],
  ])("%s is %s in a path", (name, path) => {
    expect(kebab(name)).toBe(path);
  });
});

describe("links", () => {
  const one = (groups: ReturnType<typeof alertRules>) => groups[0]?.rules[0]?.annotations;
  test("lead to the runbooks of this repository and name the board", () => {
    expect(one(alertRules())).toMatchObject({
      runbook_url: "https://github.com/moqscope/moqscope/blob/main/docs/runbooks/moq-join-budget-burn.md",
      dashboard: "moq-slo",
      __dashboardUid__: "moq-slo",
    });
  });
  test("lead elsewhere where they are told", () => {
    expect(one(alertRules({ runbooks: "https://wiki.example/moq/", grafana: "https://grafana.example" }))).toMatchObject({
      runbook_url: "https://wiki.example/moq/moq-join-budget-burn.md",
      dashboard: "https://grafana.example/d/moq-slo",
    });
  });
});

describe("a rule file", () => {
  const some = [
    { name: "g", intervalSeconds: 30, rules: [{ record: "a:b:c", expr: "sum(rate(x_total[5m])) / sum(x offset 1d)", description: "" }] },
    {
      name: "h",
      intervalSeconds: 60,
      rules: [
        {
          alert: "A",
          expr: 'x{l="it\'s"} > 5',
          forSeconds: 90,
          keepFiringForSeconds: 300,
          labels: { severity: "page" },
          annotations: { summary: "{{ $value }}: {{ $labels.l }}" },
        },
      ],
    },
  ] as const;
  test("is what Prometheus reads", () => {
    expect(renderPrometheusRules(some)).toBe(`groups:
  - name: 'g'
    interval: 30s
    rules:
      - record: 'a:b:c'
        expr: 'sum(rate(x_total[5m])) / sum(x offset 1d)'
  - name: 'h'
    interval: 1m
    rules:
      - alert: 'A'
        expr: 'x{l="it''s"} > 5'
        for: 90s
        keep_firing_for: 5m
        labels:
          severity: 'page'
        annotations:
          summary: '{{ $value }}: {{ $labels.l }}'
`);
  });
  test("has every duration divided, and nothing else, where a test is in a hurry", () => {
    const text = renderPrometheusRules(some, { durationDivisor: 30 });
    expect(text).toContain("sum(rate(x_total[10s])) / sum(x offset 48m)");
    expect(text).toContain("interval: 1s");
    expect(text).toContain("for: 3s");
    expect(text).toContain("keep_firing_for: 10s");
    expect(text).toContain("> 5");
  });
  test("of durations below a millisecond is refused", () => {
    expect(() => renderPrometheusRules(some, { durationDivisor: 1e6 })).toThrow("divide by less");
  });
  test("holds all of ours, one after the other", () => {
    const text = renderPrometheusRules([...recordingRules, ...alertRules(), ...stackAlertRules()]);
    expect(text.match(/- record:/g)).toHaveLength(rules.length);
    expect(text.match(/- alert:/g)).toHaveLength(alerts.length);
  });
});
