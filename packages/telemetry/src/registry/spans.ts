import { type Fields, flag, number, text } from "./fields.ts";
import { attemptOutcome, endReason, stallCause, switchDirection, switchTrigger } from "./sets.ts";

/** OpenTelemetry span kinds: `producer` and `consumer` are the two ends of a group's way over one hop. */
export type SpanKindName = "internal" | "client" | "server" | "producer" | "consumer";
interface SpanRecord {
  readonly kind: SpanKindName;
  readonly attributes: Fields;
}

/** Attributes every span may carry (tracing.md §1). */
const common = {
  "session.id": text,
  "moq.connection.id": text,
  "moq.broadcast": text,
  "moq.track": text,
  "moq.origin": text,
  "moq.transport": text,
  "moq.version": text,
  "moq.framing": text,
  "moq.node": text,
  "moq.hop.id": text,
  "moq.hop.count": number,
  "moq.result": text,
  "error.type": text,
  "moq.clock.offset_ms": number,
  "moq.clock.uncertainty_ms": number,
  "moq.clock.corrected": flag,
  "moq.qlog.url": text,
} as const satisfies Fields;
const subscription = { ...common, "moq.subscribe.id": number } as const;
const group = { ...common, "moq.group.sequence": number, "moq.cache": flag } as const;
const phase = { kind: "internal", attributes: common } as const;

/** Span names (low cardinality, fixed), their kind and what each may say. */
export const spans = {
  "moq.session.start": {
    kind: "internal",
    attributes: { ...common, "moq.outcome": attemptOutcome, "moq.startup_s": number, "moq.hidden": flag },
  },
  "moq.startup.connect": phase,
  "moq.startup.setup": phase,
  "moq.startup.announce": phase,
  "moq.startup.catalog": phase,
  "moq.startup.subscribe": phase,
  "moq.startup.first_object": phase,
  "moq.startup.decode": phase,
  "moq.startup.render": phase,
  "moq.connect": { kind: "client", attributes: { ...common, "moq.url": text, "moq.resolve_s": number, "moq.certificate_s": number } },
  "moq.accept": { kind: "server", attributes: common },
  "moq.subscribe": { kind: "client", attributes: subscription },
  "moq.subscribe.serve": { kind: "server", attributes: { ...subscription, "moq.link": text } },
  "moq.announce": { kind: "server", attributes: common },
  "moq.fetch": { kind: "client", attributes: { ...common, "moq.group.sequence": number } },
  "moq.fetch.serve": { kind: "server", attributes: { ...common, "moq.group.sequence": number, "moq.link": text } },
  "moq.rebuffer": { kind: "internal", attributes: { ...common, "moq.cause": stallCause, "moq.buffer_s": number } },
  "moq.switch": {
    kind: "internal",
    attributes: { ...common, "moq.direction": switchDirection, "moq.trigger": switchTrigger, "moq.from": text, "moq.to": text },
  },
  "moq.reconnect": { kind: "internal", attributes: { ...common, "moq.reason": text, "moq.attempt": number } },
  "moq.session.end": {
    kind: "internal",
    attributes: {
      ...common,
      "moq.reason": endReason,
      "moq.session_s": number,
      "moq.play_s": number,
      "moq.rebuffer_s": number,
      "moq.rebuffers": number,
      "moq.switches": number,
      "moq.frames.received": number,
      "moq.frames.rendered": number,
      "moq.frames.dropped": number,
      "moq.bytes.received": number,
    },
  },
  "moq.publish.start": { kind: "internal", attributes: { ...common, "moq.outcome": attemptOutcome } },
  "moq.encode.stall": { kind: "internal", attributes: { ...common, "moq.queue": number } },
  "moq.group.publish": {
    kind: "producer",
    attributes: {
      ...group,
      "moq.group.bytes": number,
      "moq.group.frames": number,
      "moq.group.keyframe": flag,
      "moq.group.encode_ms": number,
    },
  },
  "moq.group.ingest": { kind: "consumer", attributes: { ...group, "moq.bytes": number, "moq.origin.assigned": flag } },
  "moq.group.egress": {
    kind: "producer",
    attributes: { ...group, "moq.bytes": number, "moq.subscribers": number, "moq.lag_max_ms": number, "moq.dropped": number },
  },
  "moq.group.receive": { kind: "consumer", attributes: { ...group, "moq.bytes": number, "moq.late": flag, "moq.skipped": flag } },
  "moq.group.buffer": { kind: "internal", attributes: group },
  "moq.group.decode": { kind: "internal", attributes: group },
  "moq.group.render": { kind: "internal", attributes: group },
} as const satisfies Record<string, SpanRecord>;
