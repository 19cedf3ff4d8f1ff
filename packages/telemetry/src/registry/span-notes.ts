import type { MetricRecord } from "./metric-record.ts";
import type { SpanName } from "./types.ts";

interface SpanNote {
  readonly senders: readonly MetricRecord["sender"][];
  readonly description: string;
}
const phase = (end: string): SpanNote => ({ senders: ["player"], description: `Part of the startup that ends when ${end}.` });

/** Who makes a span, and from when to when it lasts (tracing.md §1 and §3). Beside the records, so that no player carries it. */
export const spanNotes: Readonly<Record<SpanName, SpanNote>> = {
  "moq.session.start": { senders: ["player"], description: "Play instruction to outcome of the attempt; an error when it failed." },
  "moq.startup.connect": phase("the transport is ready"),
  "moq.startup.setup": phase("the MoQ version is settled"),
  "moq.startup.announce": phase("the broadcast is announced"),
  "moq.startup.catalog": phase("the first catalog is parsed"),
  "moq.startup.subscribe": phase("the first media track is accepted"),
  "moq.startup.first_object": phase("the first media frame is complete"),
  "moq.startup.decode": phase("the decoder gives its first output"),
  "moq.startup.render": phase("the first frame is presented and the clock moves"),
  "moq.connect": { senders: ["player", "publisher", "relay"], description: "Call of connect to MoQ setup done." },
  "moq.accept": { senders: ["relay"], description: "Transport accepted to setup and authorisation done." },
  "moq.subscribe": { senders: ["player", "relay"], description: "SUBSCRIBE written to first object or reset." },
  "moq.subscribe.serve": {
    senders: ["relay", "publisher"],
    description: "SUBSCRIBE read to answered; links to the upstream subscription.",
  },
  "moq.announce": { senders: ["relay"], description: "An announcement of the peer: in the table of broadcasts, or refused." },
  "moq.fetch": { senders: ["relay"], description: "FETCH written to first frame of the group or reset." },
  "moq.fetch.serve": { senders: ["relay"], description: "FETCH read to answered; links to the upstream fetch." },
  "moq.rebuffer": { senders: ["player"], description: "Begin to end of a stall." },
  "moq.switch": { senders: ["player"], description: "Decision for another rendition to its first presented frame." },
  "moq.reconnect": { senders: ["player"], description: "Connection lost to connection back." },
  "moq.session.end": { senders: ["player"], description: "Zero length; the session's totals as attributes." },
  "moq.publish.start": { senders: ["publisher"], description: "Publish instruction to outcome of the attempt." },
  "moq.encode.stall": { senders: ["publisher"], description: "Encoder behind its source, begin to end." },
  "moq.group.publish": { senders: ["publisher"], description: "Capture of the first frame of a sampled group to its last byte written." },
  "moq.group.ingest": { senders: ["relay"], description: "First byte to FIN of a sampled group." },
  "moq.group.egress": {
    senders: ["relay"],
    description: "First to last write of a sampled group on the live path, once for all subscribers; at most 10 s.",
  },
  "moq.group.receive": { senders: ["player"], description: "First to last byte of a sampled group." },
  "moq.group.buffer": { senders: ["player"], description: "First frame of a sampled group received to handed to the decoder." },
  "moq.group.decode": { senders: ["player"], description: "First frame of a sampled group handed to the decoder to decoded." },
  "moq.group.render": { senders: ["player"], description: "First frame of a sampled group decoded to presented." },
};
