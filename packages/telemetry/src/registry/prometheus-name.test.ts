import { describe, expect, test } from "vitest";
import { labelTranslations, translations } from "./fixtures/translator.ts";
import { prometheusLabel, prometheusName } from "./prometheus-name.ts";

/** The cases of metrics.md §1; the rows of §5 stand in catalogue.test.ts. */
const special = [
  ["moq.client.startup_time", "histogram", "s", "moq_client_startup_time_seconds"],
  ["moq.relay.bytes_sent", "counter", "By", "moq_relay_bytes_sent_total"],
  ["moq.relay.transport_io", "counter", "By", "moq_relay_transport_io_bytes_total"],
  ["moq.client.bitrate", "histogram", "bit/s", "moq_client_bitrate_bit_per_second"],
  ["nodejs.eventloop.utilization", "gauge", "1", "nodejs_eventloop_utilization_ratio"],
  ["moq.client.quality_switches", "counter", "{switch}", "moq_client_quality_switches_total"],
  ["moq_relay_sessions_total_by_transport", "counter", "{session}", "moq_relay_sessions_by_transport_total"],
  ["9lives", "gauge", "{life}", "_9lives"],
  ["disk.io", "counter", "{op}/s", "disk_io_per_second_total"],
  // What the official cases leave open, as the official translator 1.0 itself answers.
  ["m", "gauge", "_x", "m_x"],
  ["m", "gauge", "s/@y", "m_seconds_per_y"],
  ["m.per.second", "gauge", "By/s", "m_per_second_bytes_per_second"],
  ["total.bytes", "counter", "By", "bytes_total"],
  ["a", "gauge", "foo%/s", "a_foo_per_second"],
  ["a", "gauge", "foo%", "a_foo_"],
  ["total", "counter", "1", "total"],
] as const;

describe("prometheusName", () => {
  test.each(special)("%s (%s, %s) is %s", (name, instrument, unit, expected) => {
    expect(prometheusName(name, { instrument, unit })).toBe(expected);
  });

  test.each(translations)("%j (%s, %j) is %j, as the official translator has it", (name, instrument, unit, expected) => {
    expect(prometheusName(name, { instrument, unit })).toBe(expected);
  });
});

describe("prometheusLabel", () => {
  test.each(labelTranslations)("%s is %s, as the official translator has it", (key, expected) => {
    expect(prometheusLabel(key)).toBe(expected);
  });
});
