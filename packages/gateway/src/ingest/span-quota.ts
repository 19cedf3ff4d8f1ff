import type { RejectReason } from "../error.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { Bucket, Buckets } from "./rate.ts";

/** Bounds what sessions put into the store of traces: a few spans of each, and of each trace (fleet aggregation, section 5). */
export class SpanQuota {
  readonly #limits: IngestLimits;
  readonly #sessions: Buckets;
  /** Spans kept of each trace; the one longest without a span makes room. */
  readonly #traces = new Map<string, number>();

  constructor(limits: IngestLimits) {
    const { spansPerMinute, sessionsHeld } = limits;
    this.#limits = limits;
    this.#sessions = new Buckets(sessionsHeld, (nowMs) => new Bucket(spansPerMinute / 60, spansPerMinute, nowMs));
  }

  /** Takes a place for a span; or says why there is none. */
  take(sessionId: string, traceId: string, nowMs: number): RejectReason | undefined {
    const { spansPerTrace, tracesHeld } = this.#limits;
    const kept = this.#traces.get(traceId) ?? 0;
    if (kept >= spansPerTrace) return "too_many_points";
    if (!this.#sessions.take(sessionId, nowMs)) return "rate_session";
    this.#traces.delete(traceId);
    if (this.#traces.size >= tracesHeld) {
      const [oldest] = this.#traces.keys();
      if (oldest !== undefined) this.#traces.delete(oldest);
    }
    this.#traces.set(traceId, kept + 1);
    return undefined;
  }
}
