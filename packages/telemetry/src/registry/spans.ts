import { type Fields, flag, number, text } from "./fields.ts";
import { attemptOutcome, endReason, stallCause } from "./sets.ts";

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
} as const satisfies Fields;

const phase = { ...common } as const;

/** Span names (low cardinality, fixed) and what each may say. */
export const spans = {
  "moq.session.start": { ...common, "moq.outcome": attemptOutcome, "moq.startup_s": number, "moq.hidden": flag },
  "moq.startup.connect": phase,
  "moq.startup.setup": phase,
  "moq.startup.announce": phase,
  "moq.startup.catalog": phase,
  "moq.startup.subscribe": phase,
  "moq.startup.first_object": phase,
  "moq.startup.decode": phase,
  "moq.startup.render": phase,
  "moq.connect": { ...common, "moq.url": text, "moq.resolve_s": number, "moq.certificate_s": number },
  "moq.accept": common,
  "moq.rebuffer": { ...common, "moq.cause": stallCause, "moq.buffer_s": number },
  "moq.session.end": {
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
} as const satisfies Record<string, Fields>;
