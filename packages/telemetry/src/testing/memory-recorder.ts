import { MetricStore } from "../recorder/metric-store.ts";
import type { LogLevel, Recorder, Span, SpanContext, SpanEnd, SpanLink, SpanOptions } from "../recorder/recorder.ts";
import { seriesOf } from "../recorder/series-of.ts";
import { metrics } from "../registry/metrics.ts";
import { spans as registered, type SpanKindName } from "../registry/spans.ts";
import type { EventAttributes, EventName, MetricName, SpanName } from "../registry/types.ts";

export interface RecordedSpan {
  readonly name: SpanName;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly kind: SpanKindName;
  readonly startMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** `undefined` while it is open. */
  readonly endMs: number | undefined;
  readonly error: string | undefined;
  readonly links: readonly SpanLink[];
}
export interface RecordedEvent {
  readonly level: LogLevel;
  readonly name: EventName;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly context: SpanContext | undefined;
}
type Labels = Readonly<Record<string, string>>;

/** A recorder that keeps everything, to be asked by tests. */
export interface MemoryRecorder extends Recorder {
  /** Sum over the series whose attributes include those given; `undefined` when nothing was recorded. */
  value(name: MetricName, attributes?: Labels): number | undefined;
  histogramOf(name: MetricName, attributes?: Labels): { readonly count: number; readonly sum: number } | undefined;
  readonly store: MetricStore;
  readonly spans: readonly RecordedSpan[];
  readonly events: readonly RecordedEvent[];
}

const matches = (labels: Labels, wanted: Labels): boolean => Object.entries(wanted).every(([key, value]) => labels[key] === value);

function recordSpan<N extends SpanName>(spans: RecordedSpan[], name: N, options: SpanOptions<N>): Span<N> {
  const number = (spans.length + 1).toString(16);
  const { parent, startMs = Date.now(), attributes = {}, spanId = number.padStart(16, "0") } = options;
  const unsampled = parent?.sampled === false ? { sampled: false } : {};
  const context = { traceId: parent?.traceId ?? number.padStart(32, "0"), spanId, ...unsampled };
  // As an SDK does it: what is not sampled leaves nothing.
  if (parent?.sampled === false) return { context, end() {} };
  const open = { name, context, parent, kind: registered[name].kind, startMs, attributes, links: [], endMs: undefined, error: undefined };
  const index = spans.push(open) - 1;
  return {
    context,
    end(end: SpanEnd<N> = {}) {
      const before = spans[index];
      if (before === undefined || before.endMs !== undefined) return;
      const { endMs = Date.now(), error, links = [] } = end;
      spans[index] = { ...before, endMs, error, links, attributes: { ...before.attributes, ...end.attributes } };
    },
  };
}

/** A `Recorder` in memory for tests: the same store as in the real set-ups, and lists of spans and events. */
export function memoryRecorder(): MemoryRecorder {
  const store = new MetricStore(metrics, {
    onError(error) {
      throw error;
    },
  });
  const spans: RecordedSpan[] = [];
  const events: RecordedEvent[] = [];
  return {
    store,
    spans,
    events,
    ...seriesOf(store),
    span: (name, options = {}) => recordSpan(spans, name, options),
    event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>, context?: SpanContext) {
      events.push({ level, name, attributes: { ...attributes }, context });
    },
    value(name, attributes = {}) {
      const metric = store.collect().find((snapshot) => snapshot.name === name);
      if (metric?.kind !== "number") return undefined;
      const found = metric.points.filter((point) => matches(point.attributes, attributes));
      return found.length === 0 ? undefined : found.reduce((sum, point) => sum + point.value, 0);
    },
    histogramOf(name, attributes = {}) {
      const metric = store.collect().find((snapshot) => snapshot.name === name);
      if (metric?.kind !== "histogram") return undefined;
      const found = metric.points.filter((point) => matches(point.attributes, attributes));
      if (found.length === 0) return undefined;
      return { count: found.reduce((sum, point) => sum + point.count, 0), sum: found.reduce((sum, point) => sum + point.sum, 0) };
    },
  };
}
