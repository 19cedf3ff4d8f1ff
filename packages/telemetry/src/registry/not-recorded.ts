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
    why: "Switches and reconnects are told as events, not as spans.",
    names: ["moq.switch", "moq.reconnect"],
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
    why: "The gateway counts sessions without an event for each.",
    names: ["moq.gateway.session"],
  },
  { why: "Whoever breaks something on purpose tells it: `pnpm --filter infra run fault:mark`.", names: ["moq.fault"] },
];
