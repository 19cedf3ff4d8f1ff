import type { EventName, MetricName, SpanName } from "./types.ts";

/** Names that nobody records so far, and why: a panel over one of them would be empty. Beside the records, so that no player carries it. */
interface NotRecorded {
  readonly why: string;
  readonly names: readonly (MetricName | SpanName | EventName)[];
}

export const notRecorded: readonly NotRecorded[] = [
  {
    why: "The publisher has no instruments: it tells events only.",
    names: [
      "moq.publisher.publish_attempts",
      "moq.publisher.publish_time",
      "moq.publisher.capture_to_encode",
      "moq.publisher.encode_time",
      "moq.publisher.encode_queue",
      "moq.publisher.frames_captured",
      "moq.publisher.frames_encoded",
      "moq.publisher.frames_dropped",
      "moq.publisher.frame_size",
      "moq.publisher.keyframe_interval",
      "moq.publisher.group_size",
      "moq.publisher.bitrate",
      "moq.publisher.bitrate_target",
      "moq.publisher.io",
      "moq.publisher.send_blocked_time",
      "moq.publisher.clock_offset",
      "moq.publisher.rtt",
      "moq.publisher.connections",
      "moq.publisher.reconnects",
      "moq.publisher.errors",
      "moq.publish.start",
      "moq.encode.stall",
    ],
  },
  {
    why: "The relay sends and hears GOAWAY without counting it, and samples no queue of groups.",
    names: ["moq.relay.goaways", "moq.relay.queue_depth", "moq.group.dropped"],
  },
  {
    why: "Subscriptions, switches and reconnects are told as events, not as spans.",
    names: ["moq.subscribe", "moq.subscribe.serve", "moq.switch", "moq.reconnect"],
  },
  {
    why: "Groups are not traced.",
    names: [
      "moq.group.publish",
      "moq.group.ingest",
      "moq.group.egress",
      "moq.group.receive",
      "moq.group.buffer",
      "moq.group.decode",
      "moq.group.render",
    ],
  },
  {
    why: "The gateway counts refused credentials and sessions without an event for each; so does the relay.",
    names: ["moq.auth.rejected", "moq.gateway.session"],
  },
];
