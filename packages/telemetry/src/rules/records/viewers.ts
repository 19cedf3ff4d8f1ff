import { plus, quantile, rate, ratio, sum, type Vector } from "../expression.ts";
import { record } from "../record.ts";
import type { RuleGroup } from "../rule.ts";
import { atMost, bucketsOf, counter, samples } from "../series.ts";

const attempts = "moq.client.play_attempts";
const started = rate(counter(attempts, { outcome: "started" }), "5m");
const settled = rate(counter(attempts, { outcome: { in: ["started", "failed"] } }), "5m");
const exited = rate(counter(attempts, { outcome: "exited" }), "5m");
const every = rate(counter(attempts), "5m");
/** A stall that the publisher caused is not the network's, and not counted here. */
const stalled = rate(counter("moq.client.rebuffer_time", { cause: { not: "publisher" } }), "5m");
const played = rate(counter("moq.client.play_time"), "5m");
const fastStarts = rate(atMost("moq.client.startup_time", 2), "5m");
const starts = rate(samples("moq.client.startup_time"), "5m");
const ofPlaying = <L extends string>(stall: Vector<L>, play: Vector<L>): Vector<L> => ratio(stall, plus(stall, play));

export const joinSuccess = record(
  "moq:client_join_success:ratio_rate5m",
  ratio(sum(started), sum(settled)),
  "Share of the play attempts that showed a frame; attempts that the viewer left before are not counted.",
);
export const websocketShare = record(
  "moq:client_websocket_share:ratio_rate5m",
  ratio(
    sum(rate(counter("moq.client.connections", { transport: "websocket", result: "ok" }), "5m")),
    sum(rate(counter("moq.client.connections", { result: "ok" }), "5m")),
  ),
  "Share of the players' connections that had to be WebSocket.",
);

/** What viewers see, over the fleet and by region. */
export const viewerRules: RuleGroup = {
  name: "moq-viewers",
  intervalSeconds: 30,
  rules: [
    joinSuccess,
    record("region:moq_client_join_success:ratio_rate5m", ratio(sum(started, "region"), sum(settled, "region")), "The same by region."),
    record(
      "moq:client_exit_before_start:ratio_rate5m",
      ratio(sum(exited), sum(every)),
      "Share of the play attempts that the viewer left before the first frame.",
    ),
    record("moq:client_rebuffer:ratio_rate5m", ofPlaying(sum(stalled), sum(played)), "Stalled time over stalled and played time."),
    record("region:moq_client_rebuffer:ratio_rate5m", ofPlaying(sum(stalled, "region"), sum(played, "region")), "The same by region."),
    record(
      "region_transport:moq_client_startup_p95:5m",
      quantile(0.95, sum(rate(bucketsOf("moq.client.startup_time"), "5m"), "le", "region", "transport")),
      "Start-up time that 95 % of the starts stay below, seconds.",
    ),
    record(
      "region:moq_client_latency_p95:5m",
      quantile(0.95, sum(rate(bucketsOf("moq.client.latency"), "5m"), "le", "region")),
      "Camera-to-screen latency that 95 % of the samples stay below, seconds.",
    ),
    record("moq:client_startup_fast:ratio_rate5m", ratio(sum(fastStarts), sum(starts)), "Share of the starts within 2 s."),
    record("region:moq_client_startup_fast:ratio_rate5m", ratio(sum(fastStarts, "region"), sum(starts, "region")), "The same by region."),
    record(
      "moq:client_frame_drop:ratio_rate5m",
      ratio(
        sum(rate(counter("moq.client.frames_dropped", { reason: { not: "hidden" }, codec: { notIn: ["aac", "opus", "pcm"] } }), "5m")),
        sum(rate(counter("moq.client.frames_received", { media: "video" }), "5m")),
      ),
      "Share of the video frames that were received and never shown, hidden tabs apart.",
    ),
    websocketShare,
  ],
};
