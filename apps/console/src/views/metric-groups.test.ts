import type { MetricValue } from "@moqscope/telemetry/query";
import { expect, it } from "vitest";
import { groupMetrics } from "./metric-groups.ts";

const metric = (name: string, instance: string, attributes: Record<string, string> = {}): MetricValue => ({
  name,
  type: "counter",
  unit: "By",
  service: "moq-relay",
  instance,
  attributes,
  atMs: 0,
  value: 1,
});
const metrics = [
  metric("moq.relay.bytes_sent", "relay-10", { peer: "client" }),
  metric("moq.relay.bytes_sent", "relay-2", { peer: "client" }),
  metric("moq.relay.bytes_received", "relay-2", { peer: "publisher" }),
];
const shown = (text: string): string[] =>
  groupMetrics(metrics, text).flatMap((group) => group.series.map((one) => `${group.name} ${one.instance}`));

it("groups by metric and sorts, instances by number", () => {
  expect(shown("")).toEqual(["moq.relay.bytes_received relay-2", "moq.relay.bytes_sent relay-2", "moq.relay.bytes_sent relay-10"]);
});

it("finds every word in name, Prometheus name, source and attributes", () => {
  expect(shown("SENT relay-10")).toEqual(["moq.relay.bytes_sent relay-10"]);
  expect(shown("peer=publisher")).toEqual(["moq.relay.bytes_received relay-2"]);
  expect(shown("moq_relay_bytes_sent_total relay-2")).toEqual(["moq.relay.bytes_sent relay-2"]);
  expect(shown("nothing like it")).toEqual([]);
});
