import { describe, expect, test } from "vitest";
import { noPromtool, promtoolPath } from "../../../../scripts/foreign/promtool.ts";
import { QueryChecker, registrySeries } from "../check/index.ts";
import { complaintsOf } from "../fixtures/promtool.ts";
import type { AttributeSets } from "../registry/attribute-set.ts";
import type { MetricRecord } from "../registry/metric-record.ts";
import { metrics } from "../registry/metrics.ts";
import { MetricStore } from "./metric-store.ts";
import { prometheusText } from "./prometheus-text.ts";

const identity = { job: "moq-relay", instance: "ams-1", cloud_region: "eu" };
/** One value of each attribute; of a free one something that has to be escaped. */
const attributesOf = (sets: AttributeSets): never =>
  Object.fromEntries(
    Object.entries(sets).map(([key, set]) => [key, set.kind === "open" ? 'a "b" \\ c\nd' : (set.values[0] ?? "")]),
  ) as never;

/** A page on which every metric of the registry has a series. */
function wholePage(): string {
  const store = new MetricStore(metrics, { now: () => 1_700_000_000_000 });
  for (const [name, { instrument, attributes }] of Object.entries<MetricRecord>(metrics)) {
    const given = attributesOf(attributes);
    switch (instrument) {
      case "counter":
        store.counter(name as never, given).add(1.5);
        break;
      case "updowncounter":
        store.upDownCounter(name as never, given).acquire(2);
        break;
      case "gauge":
        store.gauge(name as never, given).set(-0.25);
        break;
      case "histogram":
        for (const value of [0, 0.2, 1e9]) store.histogram(name as never, given).record(value);
    }
  }
  return prometheusText(store.collect(), identity);
}
const page = wholePage();
const samples = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("a page with every metric of the registry", () => {
  test("has the series that Prometheus makes of the same by OTLP, and no other", () => {
    const written = new Set(samples.map((line) => line.slice(0, line.indexOf("{"))));
    expect([...written].toSorted()).toEqual([...registrySeries().keys()].toSorted());
  });

  test("gives each series its identity and the labels of the registry, and whole bounds with a decimal point", () => {
    const known = registrySeries();
    for (const line of samples) {
      const [, name = "", inside = ""] = /^([\w:]+)\{(.*)\} \S+$/.exec(line) ?? [];
      const labels = [...inside.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
      // what only the gateway may set is not on a sender's page
      const gatewayOnly = ["region", "browser", "device"];
      const expected = [...(known.get(name)?.labels?.keys() ?? [])].filter((label) => !gatewayOnly.includes(label));
      expect([name, labels.map(String).toSorted()]).toEqual([name, expected.toSorted()]);
      expect(line).not.toMatch(/le="\d+"/);
    }
  });

  test("can be asked by the checker's series, each sample by its own labels", () => {
    const checker = new QueryChecker();
    const gauges = samples.filter((line) => line.startsWith("moq_relay_link_up{")).map((line) => line.replace(/ \S+$/, ""));
    expect(gauges).toHaveLength(1);
    expect(checker.check(gauges[0] ?? "")).toEqual([]);
  });

  test("passes promtool's parser and its lint", ({ skip }) => {
    const program = promtoolPath();
    if (program === undefined) return skip(noPromtool);
    expect(complaintsOf(program, page)).toEqual([]);
    expect(complaintsOf(program, page.replaceAll("moq_relay_bytes_sent_total", "moq_relay_bytes_sent"))).toHaveLength(1);
    expect(complaintsOf(program, page.replace('="ams-1"', '="ams-1'))).not.toEqual([]);
  });
});
