import type { EventName, MetricName, SpanName } from "./types.ts";

/** Names that nobody records so far, and why: a panel over one of them would be empty. Beside the records, so that no player carries it. */
interface NotRecorded {
  readonly why: string;
  readonly names: readonly (MetricName | SpanName | EventName)[];
}

export const notRecorded: readonly NotRecorded[] = [
  {
    why: "Nothing of ours encodes: `moqscope pub` sends what is encoded already.",
    names: [
      "moq.publisher.capture_to_encode",
      "moq.publisher.encode_time",
      "moq.publisher.encode_queue",
      "moq.publisher.frames_captured",
      "moq.publisher.frames_encoded",
      "moq.publisher.frames_dropped",
      "moq.publisher.bitrate_target",
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
