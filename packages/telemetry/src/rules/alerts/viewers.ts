import { alert, type MoqAlert } from "../alert.ts";
import { above, all, before, increase, quantile, rate, sum, times } from "../expression.ts";
import { websocketShare } from "../records/viewers.ts";
import { bucketsOf, counter, samples } from "../series.ts";

const startup = "moq.client.startup_time";
const latency = "moq.client.latency";
const share = websocketShare.series;

/** What viewers see. */
export const viewerAlerts: readonly MoqAlert[] = [
  alert({
    alert: "MoqStartupSlow",
    when: all(
      above(quantile(0.95, sum(rate(bucketsOf(startup), "10m"), "le", "region")), 4),
      above(sum(increase(samples(startup), "10m"), "region"), 20),
    ),
    guard: "more than 20 starts in 10 minutes",
    forSeconds: 600,
    keepFiringForSeconds: 300,
    severity: "page",
    service: "moq-player",
    symptom: "startup",
    summary: "1 start in 20 takes longer than {{ $value | humanizeDuration }} in {{ $labels.region }}",
    description: "The 95th percentile of the start-up time has been above 4 s for 10 minutes. The phases tell which step grew.",
    dashboard: "moq-viewers",
    panel: "Startup",
  }),
  alert({
    alert: "MoqLatencyHigh",
    when: all(
      above(quantile(0.95, sum(rate(bucketsOf(latency), "10m"), "le", "region")), 5),
      above(sum(increase(samples(latency), "10m"), "region"), 600),
    ),
    guard: "more than 600 samples, ten viewer minutes, in 10 minutes",
    forSeconds: 600,
    keepFiringForSeconds: 300,
    severity: "page",
    service: "moq-player",
    symptom: "latency",
    summary: "1 viewer in 20 in {{ $labels.region }} is {{ $value | humanizeDuration }} or more behind live",
    description: "The 95th percentile of the latency from camera to screen has been above 5 s for 10 minutes.",
    dashboard: "moq-viewers",
    panel: "Capture to screen",
  }),
  alert({
    alert: "MoqWebSocketFallback",
    when: all(
      above(share, 0.5),
      above(share, times(1.5, before(share, "1d"))),
      above(sum(increase(counter("moq.client.connections", { result: "ok" }), "1h")), 100),
    ),
    guard: "more than 100 connections in 1 hour, and a day before to compare with",
    forSeconds: 1800,
    severity: "ticket",
    service: "moq-player",
    symptom: "fallback",
    summary: "{{ $value | humanizePercentage }} of the connections are WebSocket",
    description:
      "More than half of the players reach a relay by WebSocket only, half as many again as a day ago: UDP or WebTransport fails somewhere.",
    dashboard: "moq-network",
    panel: "Had to be WebSocket",
  }),
  alert({
    alert: "MoqClockUncertain",
    when: all(
      above(quantile(0.5, sum(rate(bucketsOf("moq.client.clock_uncertainty"), "30m"), "le")), 0.25),
      above(sum(increase(samples("moq.client.clock_uncertainty"), "30m")), 100),
    ),
    guard: "more than 100 estimates in 30 minutes",
    forSeconds: 1800,
    severity: "info",
    service: "moq-player",
    symptom: "clock",
    summary: "Half of the players know the time no better than to {{ $value | humanizeDuration }}",
    description: "Such players record no latency: the figures of latency are those of the others.",
    dashboard: "moq-viewers",
    panel: "Capture to screen",
  }),
];
