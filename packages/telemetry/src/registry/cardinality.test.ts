import { describe, expect, test } from "vitest";
import { buckets } from "./buckets.ts";
import { beyondCatalogue, catalogue } from "./fixtures/index.ts";
import type { MetricRecord } from "./metric-record.ts";
import { metrics } from "./metrics.ts";

/** Series in Prometheus when every value of every set occurs: buckets with +Inf, sum and count for a histogram. */
function worstCase(name: string): number {
  const record: MetricRecord = metrics[name as keyof typeof metrics];
  let series = record.instrument === "histogram" ? buckets[record.buckets].length + 3 : 1;
  for (const set of Object.values(record.attributes)) series *= set.kind === "open" ? set.bound + 1 : set.values.length;
  return series;
}
const sum = (names: readonly string[]): number => names.reduce((total, name) => total + worstCase(name), 0);
const namesOf = (section: keyof typeof catalogue): string[] => catalogue[section].map(([name]) => name);

describe("cardinality budget (metrics.md §8)", () => {
  test.each([
    ["player", 11_096, 12_000],
    ["publisher", 874, 1_500],
    ["relay", 1_820, 2_000],
    ["gateway", 267, 400],
    ["process", 97, 150],
  ] as const)("%s: the catalogue is %i series at worst, and with all that stands beside it at most %i", (section, worst, budget) => {
    const beside = Object.keys(beyondCatalogue).filter((name) => metrics[name as keyof typeof metrics].sender === section);
    expect(sum(namesOf(section))).toBe(worst);
    expect(sum([...namesOf(section), ...beside])).toBeLessThanOrEqual(budget);
  });

  test.each([
    ["moq.client.startup_time", 3_400],
    ["moq.client.country.play_attempts", 750],
    ["moq.client.latency", 680],
    ["moq.publisher.rtt", 320],
    ["moq.relay.rtt", 320],
    ["moq.relay.session_duration", 168],
    ["moq.relay.link_io", 102],
    ["moq.client.broadcast.play_attempts", 303],
    ["moq.gateway.rejected", 57],
    ["v8js.gc.duration", 68],
  ])("%s is %i series at worst", (name, series) => {
    expect(worstCase(name)).toBe(series);
  });

  test("50 relays and 4 gateway replicas with their players stay within 150,000 series", () => {
    const of = (section: keyof typeof catalogue): number => sum(namesOf(section));
    const relays = 50 * (of("relay") + of("process"));
    const gateways = 4 * (of("player") + of("publisher") + of("gateway") + sum(Object.keys(beyondCatalogue)) + of("process"));
    expect(relays + gateways).toBeLessThanOrEqual(150_000);
  });
});
