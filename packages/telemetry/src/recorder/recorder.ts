import type {
  AttributesOf,
  CounterName,
  EventAttributes,
  EventName,
  GaugeName,
  HistogramName,
  MetricName,
  OpenKey,
  SpanAttributes,
  SpanName,
  UpDownCounterName,
} from "../registry/types.ts";

/** A monotonic sum. Ask the recorder for it once and keep it: `add` writes a preallocated cell. */
export interface Counter {
  /** Adds `value` (default 1). A negative or not finite value is ignored. */
  add(value?: number): void;
}
/** A sum that goes both ways, held by leases so that it cannot leak. */
export interface UpDownCounter {
  /** Adds `value` (default 1) until the lease is released. */
  acquire(value?: number): Lease;
}
export interface Lease {
  /** Takes the amount back. May be called twice. */
  release(): void;
  /** Replaces the amount held. Ignored after `release`. */
  set(value: number): void;
}
export interface Histogram {
  /** Records one value in the unit of the registry. A negative or not finite value is ignored. */
  record(value: number): void;
}
export interface Gauge {
  /** The newest value, or `undefined` where there is none: then nothing is exported. */
  set(value: number | undefined): void;
}

export interface SpanOptions<N extends SpanName> {
  readonly attributes?: SpanAttributes<N>;
  readonly parent?: SpanContext;
  /** Epoch milliseconds; default now. */
  readonly startMs?: number;
  /** 16 hex digits that others compute too (tracing.md §1); default random. Not heeded by the tracer of somebody else's SDK. */
  readonly spanId?: string;
}
export interface SpanContext {
  /** 32 and 16 lower-case hex digits (W3C Trace Context). */
  readonly traceId: string;
  readonly spanId: string;
  /** `false`: the span is recorded nowhere, so neither are its children. Absent means that it is. */
  readonly sampled?: boolean;
}
/** Another span that one has to do with without being below it; `kind` is the link's attribute `moq.link` (tracing.md §2). */
export interface SpanLink {
  readonly context: SpanContext;
  readonly kind: "upstream" | "broadcast";
}
export interface SpanEnd<N extends SpanName> {
  readonly error?: string;
  readonly endMs?: number;
  /** Those known only now. */
  readonly attributes?: SpanAttributes<N>;
  readonly links?: readonly SpanLink[];
}
export interface Span<N extends SpanName = SpanName> {
  readonly context: SpanContext;
  /** Ends it once; a second call is ignored. */
  end(end?: SpanEnd<N>): void;
}

/** Levels: error, someone must act; warn, it healed itself; info, once per change of state; debug, the rest. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** Where a library puts what it knows. The default (`silentRecorder`) hears nothing; no call ever throws. */
export interface Recorder {
  counter<N extends CounterName>(name: N, attributes: AttributesOf<N>): Counter;
  upDownCounter<N extends UpDownCounterName>(name: N, attributes: AttributesOf<N>): UpDownCounter;
  histogram<N extends HistogramName>(name: N, attributes: AttributesOf<N>): Histogram;
  gauge<N extends GaugeName>(name: N, attributes: AttributesOf<N>): Gauge;
  /** Runs before each collection, to sample what is only worth knowing then. The returned function stops it. */
  onCollect(sample: () => void): () => void;
  /**
   * Ends every series with this value of an open attribute (a broadcast that left the top N), or only that of `metric`; its cells
   * stop counting. A cell asked for afterwards begins anew.
   */
  retire(key: OpenKey, value: string, metric?: MetricName): void;
  span<N extends SpanName>(name: N, options?: SpanOptions<N>): Span<N>;
  /** A log record with an event name from the registry. */
  event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>, context?: SpanContext): void;
}
