import { metrics, prometheusName } from "@moqscope/telemetry";
import { alertRules, stackAlertRules } from "@moqscope/telemetry/rules";
import { describe, expect, test } from "vitest";
import { boards } from "./index.ts";
import { panelIds, render } from "./kit/board.ts";
import { type BoardJson, drawn, queriesOf } from "./lint/board-json.ts";

const rendered = boards.map((board) => render(board) as BoardJson);
const uids = rendered.map(({ uid }) => uid);

describe("the boards", () => {
  test("are read every 10 s over the last 30 min, with panels of ids of their own", () => {
    for (const { refresh, time, panels } of rendered) {
      expect([refresh, time.from]).toEqual(["10s", "now-30m"]);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    }
  });
  test("mark alerts, starts and faults made on purpose", () => {
    for (const { annotations } of rendered)
      expect(annotations.list.map(({ expr }) => expr)).toEqual([
        'ALERTS{alertstate="firing",alertname!="MoqWatchdog"}',
        'process_uptime_seconds{job=~"moq-relay|moq-gateway"} < 60',
        '{service_name=~".+"} |= "moq.fault"',
      ]);
  });
  test("draw no half of a minute as 0 and no value that is not there", () => {
    expect(JSON.stringify(rendered)).not.toMatch(/"nullValueMode"|"spanNulls":true|"insertNulls":0/);
  });
});

describe("links", () => {
  test("from board to board keep variables and time range", () => {
    for (const { links } of rendered) expect(links.map(({ keepTime, includeVars }) => keepTime && includeVars)).toEqual([true]);
  });
  test("from a panel or a value lead to a board that is there, with the time range, and to variables that it has", () => {
    const urls = rendered.flatMap((board) =>
      drawn(board).flatMap((panel) => [
        ...(panel.links ?? []).map(({ url = "" }) => url),
        ...(panel.fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties.flatMap(({ id, value }) => (id === "links" ? (value as { url: string }[]).map(({ url }) => url) : [])),
        ),
      ]),
    );
    expect(urls.length).toBeGreaterThan(15);
    for (const url of urls.filter((one) => !one.startsWith("${admin}"))) {
      const [, uid = "", parameters = ""] = /^\/d\/([\w-]+)\?(.+)$/.exec(url) ?? [];
      const board = rendered.find((one) => one.uid === uid);
      expect(board, url).toBeDefined();
      expect(parameters).toContain("${__url_time_range}");
      for (const [, name] of parameters.matchAll(/var-(\w+)=/g)) expect(board?.templating.list.map((one) => one.name)).toContain(name);
    }
  });
  test("from an alert lead to a panel that asks for what the alert is about", () => {
    const ids = panelIds(boards);
    const alerts = [...alertRules({ panels: ids }), ...stackAlertRules({ panels: ids })].flatMap(({ rules }) => rules);
    for (const { alert, annotations } of alerts) {
      expect(uids, alert).toContain(annotations["__dashboardUid__"]);
      const board = rendered.find(({ uid }) => uid === annotations["__dashboardUid__"]) as BoardJson;
      expect(
        drawn(board).map(({ id }) => String(id)),
        alert,
      ).toContain(annotations["__panelId__"]);
    }
  });
  test("of an alert to a panel that is not there are refused", () => {
    expect(() => alertRules({ panels: { ...panelIds(boards), "moq-fleet": {} } })).toThrow('board moq-fleet has no panel "Relays"');
  });
  test("from a figure to a trace: a panel of each metric that has exemplars shows them", () => {
    const withDots = rendered.flatMap((board) =>
      queriesOf(board, "prometheus")
        .filter(({ target }) => target.exemplar)
        .map(({ text }) => text),
    );
    const dotted = Object.entries(metrics).filter(([, record]) => "exemplars" in record && record.exemplars);
    expect(dotted.length).toBeGreaterThan(9);
    const families = dotted.map(([name, record]) => prometheusName(name, record));
    expect(families.filter((family) => !withDots.some((text) => text.includes(family)))).toEqual([]);
  });
  test("from a trace to its lines and its file, all by one variable", () => {
    const session = rendered.find(({ uid }) => uid === "moq-session") as BoardJson;
    const asks = (title: string): string => {
      const [target] = drawn(session).find((one) => one.title === title)?.targets ?? [];
      return target?.expr ?? target?.query ?? "";
    };
    for (const title of ["Trace", "Lines of the trace", "qlog files"]) expect(asks(title)).toContain("$trace");
    expect(JSON.stringify(session)).toContain('"url":"${admin}${__value.raw}"');
  });
});
