import type { SpanRecord } from "@moqscope/telemetry/query";
import { type Entry, type Found, type Page, RecordRing } from "./record-ring.ts";

export interface TraceLimits {
  readonly traces: number;
  /** Of one trace; more are not kept. */
  readonly spans: number;
  readonly bytes: number;
  readonly keptMs: number;
}
export const defaultTraceLimits: TraceLimits = { traces: 2_000, spans: 1_000, bytes: 32 * 1024 * 1024, keptMs: 24 * 3_600_000 };

/** Whole traces, the ones that spans came for last; the others go, whole as well. */
export class TraceStore {
  readonly #limits: TraceLimits;
  readonly #dropped: (spans: number) => void;
  readonly #ring = new RecordRing<SpanRecord>();
  /** By id, the one that rested longest first. */
  readonly #traces = new Map<string, Entry<SpanRecord>[]>();

  /** `dropped` is told of spans that went for want of room. */
  constructor(limits: TraceLimits = defaultTraceLimits, dropped: (spans: number) => void = () => {}) {
    this.#limits = limits;
    this.#dropped = dropped;
  }

  /** Spans held. */
  get size(): number {
    return this.#ring.size;
  }

  get traces(): number {
    return this.#traces.size;
  }

  get bytes(): number {
    return this.#ring.bytes;
  }

  push(span: SpanRecord, nowMs: number): void {
    const spans = this.#traces.get(span.traceId) ?? [];
    if (spans.length >= this.#limits.spans) {
      this.#dropped(1);
      return;
    }
    spans.push(this.#ring.push(span, sizeOf(span), nowMs));
    this.#traces.delete(span.traceId);
    this.#traces.set(span.traceId, spans);
    for (const [id, oldest] of this.#traces) {
      const isOver = this.#traces.size > this.#limits.traces || this.#ring.bytes > this.#limits.bytes;
      if (!isOver || id === span.traceId) break;
      this.#drop(id);
      this.#dropped(oldest.length);
    }
  }

  /** The spans of a trace in the order in which they came. */
  trace(id: string): readonly SpanRecord[] {
    return (this.#traces.get(id) ?? []).map(({ item }) => item);
  }

  page(page: Page<SpanRecord>): Found<SpanRecord> {
    return this.#ring.page(page);
  }

  /** Every span with its time of arrival, oldest first. */
  all(): Iterable<Entry<SpanRecord>> {
    return this.#ring.all();
  }

  /** Forgets traces that are too old. */
  expire(nowMs: number): void {
    for (const [id, spans] of this.#traces) {
      if (nowMs - (spans.at(-1)?.arrivedMs ?? 0) <= this.#limits.keptMs) break;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    for (const entry of this.#traces.get(id) ?? []) this.#ring.remove(entry);
    this.#traces.delete(id);
  }
}

/** What a span takes in V8, about; its attributes' names are shared. */
function sizeOf({ name, error, attributes }: SpanRecord): number {
  let bytes = 400 + name.length + (error?.length ?? 0);
  for (const value of Object.values(attributes)) bytes += 60 + value.length;
  return bytes;
}
