import { alert, type MoqAlert } from "../alert.ts";
import { above, all, atLeast, below, equal, over, rate, ratio, sum } from "../expression.ts";
import { counter, gauge } from "../series.ts";

const local = gauge("moq.relay.active_streams", { origin: "local" });
const waiting = sum(gauge("moq.gateway.active_sessions", { state: "waiting" }));

/** Where the media comes from. */
export const publisherAlerts: readonly MoqAlert[] = [
  alert({
    alert: "MoqPublisherLost",
    when: all(
      atLeast(waiting, 5),
      above(ratio(waiting, sum(gauge("moq.gateway.active_sessions"))), 0.2),
      below(sum(local), sum(over("max_over_time", local, "1h"))),
    ),
    guard: "5 viewers who wait, and a broadcast that was there within the hour",
    forSeconds: 60,
    severity: "page",
    service: "moq-publisher",
    symptom: "lost",
    summary: "{{ $value }} viewers wait for a broadcast that is gone",
    description:
      "There are fewer broadcasts than within the last hour, and more than 1 player in 5 waits for one: a publisher was lost. One that ends in order leaves nobody waiting.",
    dashboard: "moq-broadcast",
    panel: "Broadcasts",
  }),
  alert({
    alert: "MoqBroadcastSilent",
    when: all(
      // Within the minute: the figures of a broadcast that is over end with its last viewers, and Prometheus shows them for 5 minutes more.
      above(sum(over("last_over_time", gauge("moq.relay.broadcast.subscribers", { broadcast: { not: "other" } }), "1m"), "broadcast"), 0),
      equal(sum(rate(counter("moq.relay.broadcast.bytes_received", { broadcast: { not: "other" } }), "2m"), "broadcast"), 0),
    ),
    guard: "a viewer; broadcasts that have figures of their own",
    forSeconds: 120,
    severity: "page",
    service: "moq-publisher",
    symptom: "no_media",
    summary: "Broadcast {{ $labels.broadcast }} is announced to {{ $value }} viewers and sends nothing",
    description: "Its publisher is connected, and not one byte has come from it for 2 minutes.",
    dashboard: "moq-broadcast",
    panel: "Broadcasts",
  }),
  alert({
    alert: "MoqPublisherBehind",
    when: above(
      ratio(
        sum(rate(counter("moq.publisher.frames_dropped", { reason: { in: ["encode_queue", "congestion"] } }), "5m")),
        sum(rate(counter("moq.publisher.frames_captured"), "5m")),
        5,
      ),
      0.05,
    ),
    guard: "more than 5 frames a second captured",
    forSeconds: 300,
    severity: "ticket",
    service: "moq-publisher",
    symptom: "drops",
    summary: "Publishers drop {{ $value | humanizePercentage }} of what they capture",
    description: "Their encoder or their uplink cannot keep up: viewers see a low frame rate.",
    dashboard: "moq-pipeline",
    panel: "Frames not sent",
  }),
];
