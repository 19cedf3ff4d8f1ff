import type { AlertGroup, RuleGroup } from "@moqscope/telemetry/rules";
import { describe, expect, test } from "vitest";
import { instantQuery } from "../promql/engine.ts";
import { parse } from "../promql/parse.ts";
import { HistoryStore } from "../tsdb/history-store.ts";
import { Labels } from "../tsdb/labels.ts";
import type { Alert } from "./alert.ts";
import { lackOfHistory, reachMs } from "./reach.ts";
import { RuleBook } from "./rule-book.ts";
import { RuleGroups } from "./rule-groups.ts";
import { fill } from "./template.ts";

const startMs = 1_700_000_000_000;
const hourMs = 3_600_000;

/** A store with rules whose time the test moves. */
class World {
  readonly history = new HistoryStore({ memoryBytes: 1e9, series: 100 });
  readonly told: Alert[] = [];
  readonly results: string[] = [];
  rules: RuleGroups;
  second = 0;
  readonly #groups: readonly (RuleGroup | AlertGroup)[];

  constructor(...groups: readonly (RuleGroup | AlertGroup)[]) {
    this.#groups = groups;
    this.rules = this.#evaluator();
  }

  /** As after a restart: the store is there, what was known beside it is not. */
  restart(): void {
    this.rules = this.#evaluator();
  }

  #evaluator(): RuleGroups {
    return new RuleGroups(this.#groups, {
      history: this.history,
      evaluated: (result) => this.results.push(result),
      changed: (alerts) => this.told.push(...alerts),
    });
  }

  async at(second: number, values: Readonly<Record<string, number>> = {}): Promise<void> {
    this.second = second;
    for (const [instance, value] of Object.entries(values)) {
      this.history.open(Labels.of({ __name__: "load", instance }))?.write(startMs + second * 1000, value);
    }
    this.rules.tick(startMs + second * 1000);
    await this.rules.idle();
  }

  async ask(query: string): Promise<Record<string, number>> {
    const { result } = await instantQuery(query, this.history, startMs + this.second * 1000);
    if (result.type !== "vector") return {};
    return Object.fromEntries(result.series.map(({ labels, points }) => [labels.toString(), points[0]?.[1] ?? Number.NaN]));
  }
}

const alert = (more: Partial<AlertGroup["rules"][number]> = {}): AlertGroup => ({
  name: "alerts",
  intervalSeconds: 10,
  rules: [
    {
      alert: "LoadHigh",
      expr: "load > 5",
      forSeconds: 20,
      labels: { severity: "page" },
      annotations: { summary: "{{ $labels.instance }} is at {{ $value }}" },
      ...more,
    },
  ],
});

describe("a recording rule", () => {
  const sum: RuleGroup = {
    name: "g",
    intervalSeconds: 10,
    rules: [{ record: "all:load:sum", expr: "sum by (instance) (load)", description: "" }],
  };

  test("is a series like any other, written at its interval", async () => {
    const world = new World(sum);
    for (let second = 0; second <= 20; second++) await world.at(second, { a: second, b: 1 });
    expect(await world.ask("all:load:sum")).toEqual({
      '{__name__="all:load:sum", instance="a"}': 20,
      '{__name__="all:load:sum", instance="b"}': 1,
    });
    expect(await world.ask('count_over_time(all:load:sum{instance="a"}[1m])')).toEqual({ '{instance="a"}': 3 });
    expect(world.results).toEqual(["ok", "ok", "ok"]);
  });

  test("ends where its expression no longer gives it", async () => {
    const world = new World(sum);
    await world.at(0, { a: 1, b: 1 });
    world.history.open(Labels.of({ __name__: "load", instance: "a" }))?.end(startMs + 5000);
    await world.at(10, { b: 2 });
    expect(await world.ask("all:load:sum")).toEqual({ '{__name__="all:load:sum", instance="b"}': 2 });
  });

  test("that fails says so and leaves the others alone", async () => {
    const broken: RuleGroup = {
      name: "g",
      intervalSeconds: 10,
      rules: [{ record: "a:b:c", expr: "load + on () load", description: "" }, ...sum.rules],
    };
    const world = new World(broken);
    await world.at(0, { a: 1, b: 1 });
    expect(world.rules.status()[0]?.rules).toMatchObject([
      { health: "err", problem: expect.stringContaining("many-to-many") as string },
      { health: "ok" },
    ]);
    expect(world.results).toEqual(["failed", "ok"]);
  });
});

test("rules take a tenth of the time at most: what took long waits longer than its interval", async () => {
  let passed = 0;
  const results: string[] = [];
  const group: RuleGroup = { name: "g", intervalSeconds: 10, rules: [{ record: "a:b:c", expr: "vector(1)", description: "" }] };
  const history = new HistoryStore({ memoryBytes: 1e9, series: 10 });
  const rules = new RuleGroups(
    [group],
    { history, evaluated: (result) => results.push(result), changed: () => {} },
    () => (passed += 1500),
  );
  for (let second = 0; second < 60; second++) {
    rules.tick(startMs + second * 1000);
    await rules.idle();
  }
  // each takes 1.5 s: at 0, 15, 30 and 45 s
  expect(results).toHaveLength(4);
});

describe("an alert", () => {
  const states = (world: World): unknown => world.rules.status()[0]?.rules[0]?.alerts.map(({ state }) => state);

  test("is pending for its time, fires, is told once, and is told again when it is over", async () => {
    const world = new World(alert());
    await world.at(0, { a: 6, b: 1 });
    expect(states(world)).toEqual(["pending"]);
    await world.at(10, { a: 7 });
    expect(states(world)).toEqual(["pending"]);
    expect(world.told).toEqual([]);
    await world.at(20, { a: 8 });
    await world.at(30, { a: 9 });
    expect(world.told).toMatchObject([
      { state: "firing", value: 8, activeMs: startMs, firedMs: startMs + 20_000, annotations: { summary: "a is at 8" } },
    ]);
    expect(world.told[0]?.labels.toRecord()).toEqual({ alertname: "LoadHigh", instance: "a", severity: "page" });
    expect(await world.ask("ALERTS")).toEqual({
      '{__name__="ALERTS", alertname="LoadHigh", alertstate="firing", instance="a", severity="page"}': 1,
    });
    await world.at(40, { a: 2 });
    expect(world.told.slice(1)).toMatchObject([{ state: "resolved", resolvedMs: startMs + 40_000 }]);
    expect(await world.ask("ALERTS")).toEqual({});
    await world.at(50, { a: 2 });
    expect(world.told).toHaveLength(2);
  });

  test("begins anew where its condition did not hold in between", async () => {
    const world = new World(alert());
    await world.at(0, { a: 6 });
    await world.at(10, { a: 1 });
    expect(states(world)).toEqual([]);
    await world.at(20, { a: 6 });
    await world.at(30, { a: 6 });
    expect(states(world)).toEqual(["pending"]);
    expect(world.told).toEqual([]);
  });

  test("fires at once without a time, and each series is an alert of its own", async () => {
    const world = new World(alert({ forSeconds: 0 }));
    await world.at(0, { a: 6, b: 7 });
    expect(states(world)).toEqual(["firing", "firing"]);
    expect(world.told).toHaveLength(2);
  });

  test("does not cease because it cannot be asked for", async () => {
    const world = new World(alert({ forSeconds: 0, expr: "load * on () group_left () guard > 5" }));
    const guard = (name: string): void =>
      world.history.open(Labels.of({ __name__: "guard", name }))?.write(startMs + world.second * 1000, 1);
    guard("one");
    await world.at(0, { a: 6 });
    expect(states(world)).toEqual(["firing"]);
    guard("two");
    await world.at(10, { a: 1 });
    expect(world.rules.status()[0]?.rules[0]).toMatchObject({ health: "err", alerts: [{ state: "firing" }] });
  });

  test("that looks back further than the store keeps says what it needs and is never ok", async () => {
    const world = new World(alert({ expr: "avg_over_time(load[3d]) > 5", forSeconds: 0 }));
    await world.at(0, { a: 6 });
    await world.at(10, { a: 6 });
    expect(world.rules.status()[0]?.rules[0]).toMatchObject({ health: "unknown", problem: "needs 3 days of history", alerts: [] });
    expect(world.results).toEqual(["history", "history"]);
    expect(world.told).toEqual([]);
  });
});

describe("an alert that fires on for a while", () => {
  const kept = alert({ forSeconds: 0, keepFiringForSeconds: 30 });
  const state = (world: World): unknown => world.rules.status()[0]?.rules[0]?.alerts.map((each) => each.state);

  test("is over only when its condition has not held for so long", async () => {
    const world = new World(kept);
    await world.at(0, { a: 6 });
    await world.at(10, { a: 1 });
    await world.at(20, { a: 1 });
    expect(state(world)).toEqual(["firing"]);
    await world.at(30, { a: 1 });
    expect(state(world)).toEqual(["resolved"]);
    expect(world.told.map((each) => each.state)).toEqual(["firing", "resolved"]);
  });
  test("is not told again where its condition holds again meanwhile", async () => {
    const world = new World(kept);
    for (const [second, value] of [6, 1, 6, 1, 1].entries()) await world.at(second * 10, { a: value });
    expect(state(world)).toEqual(["firing"]);
    expect(world.told).toHaveLength(1);
  });
});

describe("a rule about what nobody has sent", () => {
  const health = (world: World): unknown => world.rules.status()[0]?.rules[0];

  test("has no data, which is not ok, until it is sent", async () => {
    const world = new World(alert());
    await world.at(0);
    expect(health(world)).toMatchObject({ health: "unknown", lack: "no_data", problem: "no data: nobody has sent load" });
    expect(world.results).toEqual(["no_data"]);
    await world.at(10, { a: 1 });
    expect(health(world)).toMatchObject({ health: "ok", lack: undefined, problem: undefined });
  });
  test.each([
    ["sum(rate(load[5m])) / (sum(rate(other[5m])) > 0) > 1", "load"],
    ["load > 5 and other > 0", "other"],
    ["load unless other", undefined],
    ["other or load > 5", undefined],
    ["absent(load)", undefined],
    ["all:load:sum > 5", "base"],
    ["vector(1) > 2", undefined],
  ])("%s misses %s where only half of it is there", async (expr, missing) => {
    const book = new RuleBook([
      { name: "g", intervalSeconds: 10, rules: [{ record: "all:load:sum", expr: "sum(base)", description: "" }] },
    ]);
    const there = new Set(missing === "load" ? ["other"] : ["load"]);
    expect(book.missing(parse(expr), (name) => there.has(name))).toBe(missing);
  });
});

describe("a rule over what another records", () => {
  test("lacks the history that the other lacks, and is never ok", async () => {
    const slow: RuleGroup = {
      name: "r",
      intervalSeconds: 10,
      rules: [{ record: "load:avg:3d", expr: "avg_over_time(load[3d])", description: "" }],
    };
    const world = new World(slow, alert({ expr: "load:avg:3d > 5", forSeconds: 0 }));
    await world.at(0, { a: 6 });
    await world.at(10, { a: 6 });
    expect(world.rules.status()[1]?.rules[0]).toMatchObject({ health: "unknown", lack: "history", problem: "needs 3 days of history" });
    expect(new Set(world.results)).toEqual(new Set(["history"]));
  });
});

describe("after a restart", () => {
  const state = (world: World): unknown => world.rules.status()[0]?.rules[0]?.alerts.map((each) => [each.state, each.activeMs]);

  test("what is pending goes on from when it began", async () => {
    const world = new World(alert());
    await world.at(0, { a: 6 });
    world.restart();
    await world.at(10, { a: 6 });
    expect(state(world)).toEqual([["pending", startMs]]);
    await world.at(20, { a: 6 });
    expect(state(world)).toEqual([["firing", startMs]]);
  });
  test("what fires is not told again, and is told when it is over", async () => {
    const world = new World(alert({ forSeconds: 0 }));
    await world.at(0, { a: 6 });
    world.restart();
    await world.at(10, { a: 6 });
    expect(world.told).toHaveLength(1);
    await world.at(20, { a: 1 });
    expect(world.told.map((each) => each.state)).toEqual(["firing", "resolved"]);
    expect(await world.ask("ALERTS")).toEqual({});
  });
  test("what fired is not over before those who report could be heard again", async () => {
    const world = new World(alert({ forSeconds: 0 }));
    await world.at(0, { a: 6 });
    world.history.open(Labels.of({ __name__: "load", instance: "a" }))?.end(startMs + 5000);
    world.restart();
    await world.at(10);
    await world.at(60);
    expect(state(world)).toEqual([["firing", startMs]]);
    await world.at(70);
    expect(world.told.map((each) => each.state)).toEqual(["firing", "resolved"]);
  });
  test("what was over stays over, and what is an hour old is forgotten", async () => {
    const world = new World(alert({ forSeconds: 0 }));
    await world.at(0, { a: 6 });
    await world.at(10, { a: 1 });
    world.restart();
    await world.at(20, { a: 1 });
    expect(state(world)).toEqual([]);
    await world.at(30, { a: 6 });
    world.restart();
    await world.at(4000, { a: 1 });
    expect(state(world)).toEqual([]);
  });
});

test.each([
  ["vector(1)", 0],
  ["load", 5 * 60_000],
  ["rate(load[1h]) > 2 * rate(load[6h])", 6 * hourMs],
  ["load offset 1d", 24 * hourMs + 5 * 60_000],
  ["max_over_time(rate(load[5m])[1h:1m])", hourMs + 6 * 60_000],
  ["load @ 5", 0],
])("%s looks back %d ms", (query, ms) => {
  expect(reachMs(parse(query), new RuleBook([]))).toBe(ms);
});

test.each([
  ["rate(load[1d])", 24, undefined],
  ["rate(load[3d])", 24, "needs 3 days of history"],
  ["load offset 1d", 24, "needs 2 days of history"],
  ["rate(load[6h])", 4, "needs 6 hours of history, memory holds 4"],
])("%s with %d hours kept: %s", (query, hours, wanted) => {
  expect(lackOfHistory(reachMs(parse(query), new RuleBook([])), hours * hourMs)).toBe(wanted);
});

test.each([
  ["{{ $value }} of {{$labels.job}}{{ $labels.nothing }}", 0.125, "0.125 of relay"],
  ["{{ $value | humanizePercentage }}", 0.0625, "6.25%"],
  ["{{ $value | humanize }}", 12_345_678, "12.35M"],
  ["{{ $value | humanize }}", 0.0125, "12.5m"],
  ["{{ $value | humanizeDuration }}", 93_784, "1d 2h 3m 4s"],
  ["{{ $value | humanizeDuration }}", -7200, "-2h 0m 0s"],
  ["{{ $value | humanizeDuration }}", 0.2485, "248.5ms"],
  ["{{ $value | humanizeDuration }}", 0, "0s"],
  ["{{ $value | unknown }}", 1, "{{ $value | unknown }}"],
])("the text %s", (text, value, wanted) => {
  expect(fill(text, { value, labels: { job: "relay" } })).toBe(wanted);
});
