import type { Clock } from "@moqscope/lite";
import type { SpanContext } from "@moqscope/telemetry";

/** Sessions in a second whose wish to be traced is granted (tracing.md §1, Trust). */
const granted = 5;
const secondMs = 1_000;

/** What a traceparent asks is a request: some a second are traced, of the others a part, and none that says it is not sampled. */
export class TraceAdmission {
  readonly #clock: Clock;
  readonly #ratio: number;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #used = 0;
  /** `ratio` is the part of those beyond, 0 to 1. */
  constructor(clock: Clock, ratio: number) {
    this.#clock = clock;
    this.#ratio = ratio;
  }
  /** The parent of the session's spans, `sampled` as decided. */
  admit(parent: SpanContext): SpanContext {
    if (parent.sampled === false || this.#grant() || isBelow(parent.traceId, this.#ratio)) return parent;
    return { ...parent, sampled: false };
  }
  #grant(): boolean {
    const nowMs = this.#clock.now();
    if (nowMs - this.#sinceMs >= secondMs) {
      this.#sinceMs = nowMs;
      this.#used = 0;
    }
    this.#used += 1;
    return this.#used <= granted;
  }
}

/** By the trace id alone, so that every relay of a ratio decides alike: its last 48 bits as a part of 1. */
function isBelow(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-12), 16) < ratio * 2 ** 48;
}
