import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { QueryChecker } from "@moqscope/telemetry/check";
import { alertRules, foreignSeries, recordingRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { receiversFrom } from "../alertmanager.ts";
import { boards } from "../boards/index.ts";
import { panelIds } from "../boards/kit/board.ts";
import { filesOf } from "../export/layouts.ts";
import { availability } from "./availability.ts";
import { contactPoints } from "./notifications.ts";
import type { GrafanaRule, GrafanaRuleGroup } from "./rules.ts";

const infra = join(import.meta.dirname, "../..");
const files = filesOf("grafana-managed", {});
const read = (path: string): unknown => JSON.parse(files.get(path) ?? "");
const { groups } = read("grafana/alerting/rules.json") as { readonly groups: readonly GrafanaRuleGroup[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = [...alertRules(), ...stackAlertRules()].flatMap((group) => group.rules);
const ruleOf = (alert: string): GrafanaRule => rules.find(({ title }) => title === alert) as GrafanaRule;

const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const duration = like(/^\d+[smhd]$/);
const word = like(/./);
const clock = like(/^(?:[01]\d|2[0-4]):[0-5]\d$/);

/**
 * What Grafana's file provisioning reads (pkg/services/provisioning/alerting, the types ending in V1), and nothing beside it: `toEqual`
 * refuses a key that is not there.
 */
function ruleShape(rule: GrafanaRule): object {
  return {
    uid: like(/^[a-zA-Z0-9_-]{1,40}$/),
    title: like(/^.{1,190}$/),
    condition: word,
    data: rule.data.map(() => ({
      refId: word,
      datasourceUid: word,
      relativeTimeRange: { from: expect.any(Number), to: expect.any(Number) },
      model: expect.objectContaining({ refId: word, datasource: { type: word, uid: word } }),
    })),
    dashboardUid: word,
    panelId: expect.any(Number),
    noDataState: like(/^(?:NoData|OK)$/),
    execErrState: "Error",
    for: duration,
    ...("keepFiringFor" in rule ? { keepFiringFor: duration } : {}),
    missing_series_evals_to_resolve: 1,
    annotations: expect.any(Object),
    labels: expect.any(Object),
  };
}
interface Route {
  readonly receiver: string;
  readonly mute_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}
interface Named {
  readonly name: string;
}
interface Point extends Named {
  readonly receivers: readonly { readonly uid: string; readonly type: string }[];
}
const [root] = (read("grafana/alerting/policies.json") as { readonly policies: readonly Route[] }).policies as [Route];
const points = (read("grafana/alerting/contact-points.json") as { readonly contactPoints: readonly Point[] }).contactPoints;
const times = (read("grafana/alerting/mute-times.json") as { readonly muteTimes: readonly Named[] }).muteTimes;

describe("the files", () => {
  test("rules have the form that Grafana reads from files, in groups whose interval its scheduler of 10 s can keep", () => {
    expect(read("grafana/alerting/rules.json")).toEqual({
      apiVersion: 1,
      groups: groups.map((group) => ({
        orgId: 1,
        name: word,
        folder: "moqscope",
        interval: like(/^\d*[1-9]0s$/),
        rules: group.rules.map(ruleShape),
      })),
    });
  });
  test("contact points, policies and mute times have their form", () => {
    const receiver = { uid: like(/^[a-z-]{1,40}$/), type: like(/^(?:webhook|slack|email|pagerduty)$/), settings: expect.any(Object) };
    expect(points).toEqual(points.map(({ receivers }) => ({ orgId: 1, name: word, receivers: receivers.map(() => receiver) })));
    expect(points.filter(({ receivers }) => receivers.length === 0)).toEqual([]);
    const matchers = { object_matchers: [[word, "=", word]] };
    const waits = { group_wait: duration, group_interval: duration, repeat_interval: duration };
    expect(root).toEqual({ orgId: 1, receiver: word, group_by: ["alertname", "region"], ...waits, routes: expect.any(Array) });
    for (const route of root.routes ?? []) expect(route).toMatchObject({ receiver: word, ...matchers });
    const range = { start_time: clock, end_time: clock };
    expect(times).toMatchObject([
      { orgId: 1, name: word, time_intervals: [{ times: [range] }] },
      {
        orgId: 1,
        name: word,
        time_intervals: [{ weekdays: ["saturday", "sunday"] }, { weekdays: ["monday:friday"], times: [range, range] }],
      },
    ]);
  });
  test("policies name contact points and mute times that are there, and the root has none of the latter", () => {
    const routes = [root, ...(root.routes ?? [])];
    expect(points.map(({ name }) => name)).toEqual(expect.arrayContaining(routes.map(({ receiver }) => receiver)));
    expect(times.map(({ name }) => name)).toEqual(routes.flatMap(({ mute_time_intervals: muted = [] }) => muted));
    expect(root.mute_time_intervals).toBeUndefined();
  });
  test("contact points are those that the stack's variables switch on; PagerDuty hears of pages alone", () => {
    const env = { ALERT_WEBHOOK_URL: "https://ops.example/hook", ALERT_SLACK_URL: "https://hooks.example/x", ALERT_PAGERDUTY_KEY: "key" };
    const { contactPoints: given } = contactPoints(receiversFrom(env)) as { readonly contactPoints: readonly Point[] };
    expect(given.map(({ name, receivers }) => [name, receivers.map(({ type }) => type)])).toEqual([
      ["moq-everybody", ["webhook", "slack"]],
      ["moq-pager", ["webhook", "slack", "pagerduty"]],
    ]);
  });
});

describe("the rules", () => {
  test("are the alerts, each once, with their labels, waits and pages", () => {
    expect(rules.map(({ title }) => title)).toEqual(alerts.map(({ alert }) => alert));
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    for (const { alert, labels, forSeconds, keepFiringForSeconds, annotations } of alerts) {
      const rule = ruleOf(alert);
      expect(rule.labels).toEqual(labels);
      expect([rule.for, rule.keepFiringFor]).toEqual([`${forSeconds}s`, keepFiringForSeconds && `${keepFiringForSeconds}s`]);
      expect(rule.annotations["runbook_url"]).toBe(annotations["runbook_url"]);
    }
  });
  test("lead to the panels that Prometheus' alerts lead to", () => {
    const linked = [...alertRules({ panels: panelIds(boards) }), ...stackAlertRules({ panels: panelIds(boards) })].flatMap(
      (group) => group.rules,
    );
    for (const { alert, annotations } of linked)
      expect([ruleOf(alert).dashboardUid, String(ruleOf(alert).panelId)]).toEqual([
        annotations["__dashboardUid__"],
        annotations["__panelId__"],
      ]);
  });
  test("ask what the alerts ask, of names that exist", () => {
    const checker = new QueryChecker({ recorded: recordingRules.flatMap((group) => group.rules), thirdParty: foreignSeries });
    for (const { alert, expr } of alerts) {
      const asked = (ruleOf(alert).data[0]?.model as { readonly expr: string } | undefined)?.expr ?? "";
      if (ruleOf(alert).noDataState === "OK") expect(asked).toBe(expr);
      else expect(checker.check(asked), alert).toEqual([]);
    }
  });
  test("fire for any series that Prometheus fires for, also of value 0; steps name the ones before them", () => {
    const down = ruleOf("MoqLinkDown");
    expect(down.data.map(({ refId }) => refId)).toEqual(["query", "there", "threshold"]);
    expect(down.data[1]?.model).toMatchObject({ type: "math", expression: "is_number($query) || is_nan($query) || is_inf($query)" });
    for (const { data, condition } of rules) {
      expect(condition).toBe(data.at(-1)?.refId);
      const last = data.at(-1)?.model as { readonly type: string; readonly expression: string };
      expect([last.type, last.expression]).toEqual(["threshold", data.at(-2)?.refId]);
    }
  });
  test("of availability say no data as such, those of ratios are quiet without; all say when they cannot be judged", () => {
    const available = rules.filter(({ noDataState }) => noDataState === "NoData").map(({ title }) => title);
    expect(available.toSorted()).toEqual(["MoqGatewaySilent", "MoqRelaySilent", "MoqTargetDown", "MoqTelemetryAbsent", "MoqWatchdog"]);
    const asked = (alert: string): unknown[] => {
      const [query, threshold] = ruleOf(alert).data.map(({ model }) => model as { expr?: string; conditions?: [{ evaluator: unknown }] });
      return [query?.expr, threshold?.conditions?.[0].evaluator];
    };
    expect(asked("MoqTargetDown")).toEqual(["max by (job, instance) (up)", { type: "lt", params: [1] }]);
    expect(asked("MoqTelemetryAbsent")).toEqual(['count(moq_gateway_reports_total{signal="metrics"})', { type: "lt", params: [1] }]);
    expect(asked("MoqRelaySilent")[0]).toMatch(/^\(max .+ unless (max .+)\) or \(0 \* \1 - 1\)$/);
    expect(asked("MoqRelaySilent")[1]).toEqual({ type: "gt", params: [-1] });
  });
  test("are not made of an alert of availability in a form that nobody foresaw", () => {
    const changed = { ...(alerts.find(({ alert }) => alert === "MoqTargetDown") as (typeof alerts)[number]), expr: "up < 1" };
    expect(() => availability(changed)).toThrow(RangeError);
  });
  test("tell the number where Prometheus' texts do", () => {
    const summaries = rules.map(({ annotations }) => annotations["summary"] ?? "");
    expect(summaries.filter((text) => /\$value\b/.test(text))).toEqual([]);
    expect(ruleOf("MoqStartupSlow").annotations["summary"]).toContain("{{ with $values.query }}{{ .Value | ");
    expect(JSON.stringify(read("grafana/alerting/rules.json"))).not.toContain("__panelId__");
  });
});

describe("no alert has two senders", () => {
  const alertsIn = (text: string): string[] =>
    (parse(text) as { groups: { rules: { alert?: string }[] }[] }).groups.flatMap((group) =>
      group.rules.flatMap(({ alert }) => alert ?? []),
    );
  test("with the alternative switched on: Prometheus keeps the recording rules, all of them, and no alert", () => {
    const kept = [...files].filter(([path]) => path.startsWith("prometheus/"));
    expect(kept.map(([path]) => path)).toEqual(["prometheus/recording-only/recording.yml"]);
    const senders = [...kept.flatMap(([, text]) => alertsIn(text)), ...rules.map(({ title }) => title)];
    expect(senders.length).toBe(new Set(senders).size);
    const records = (parse(kept[0]?.[1] ?? "") as { groups: { rules: { record: string }[] }[] }).groups.flatMap((group) => group.rules);
    expect(records.map(({ record }) => record)).toEqual(recordingRules.flatMap((group) => group.rules.map(({ record }) => record)));
  });
  test("by default: nothing of the stack mounts Grafana's form, and Prometheus' folder has every alert once", () => {
    const senders = globSync("prometheus/rules/*.yml", { cwd: infra }).flatMap((path) => alertsIn(readFileSync(join(infra, path), "utf8")));
    expect(senders.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    const configured = globSync(["**/*compose*.{yml,yaml}", "compose/**/*.{yml,yaml}", "grafana/provisioning/**/*"], {
      cwd: infra,
      exclude: ["**/node_modules"],
    });
    for (const path of configured.filter((one) => /\.ya?ml$/.test(one)))
      expect(readFileSync(join(infra, path), "utf8"), path).not.toMatch(/grafana\/alerting|recording-only/);
  });
});

test("as a mixin there are dashboards, rules and alerts in their folders", () => {
  const paths = [...filesOf("mixin", {}).keys()];
  expect(paths.filter((path) => path.startsWith("dashboards/"))).toHaveLength(boards.length);
  expect(paths.filter((path) => !path.startsWith("dashboards/"))).toEqual([
    "rules/moqscope.yaml",
    "alerts/moqscope.yaml",
    "alerts/moqscope-stack.yaml",
  ]);
});
