/** OTLP as the gateway reads it, the same from JSON and from protobuf. Times are epoch milliseconds of the sender, 0 where it gave none. */

/** Arrays and nested values are kept as their JSON text, bytes as base64. */
export type AttributeValue = string | number | boolean;
export type Attributes = ReadonlyMap<string, AttributeValue>;

export const noAttributes: Attributes = new Map();

export type Temporality = "unspecified" | "delta" | "cumulative";
/** By number in the protobuf enum. */
export const temporalities: readonly Temporality[] = ["unspecified", "delta", "cumulative"];

/** One observation with the trace behind it; ids in lower-case hex. */
export interface OtlpExemplar {
  readonly value: number;
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** Whether an exemplar says which trace it is of: all zeros are no id. */
export function isTraced({ value, traceId, spanId }: OtlpExemplar): boolean {
  return Number.isFinite(value) && value >= 0 && /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId);
}

export interface NumberPoint {
  /** Those that name a trace; absent where there is none. */
  readonly exemplars?: readonly OtlpExemplar[];
  readonly attributes: Attributes;
  readonly startMs: number;
  readonly timeMs: number;
  /** `undefined` when the sender flagged "no recorded value". */
  readonly value: number | undefined;
}
export interface HistogramPoint {
  readonly exemplars?: readonly OtlpExemplar[];
  readonly attributes: Attributes;
  readonly startMs: number;
  readonly timeMs: number;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  /** One more than bounds; empty when the sender gave none. */
  readonly buckets: readonly number[];
  readonly noValue: boolean;
}

interface MetricBase {
  readonly name: string;
  readonly unit: string;
}
export type Metric =
  | (MetricBase & {
      readonly kind: "sum";
      readonly monotonic: boolean;
      readonly temporality: Temporality;
      readonly points: readonly NumberPoint[];
    })
  | (MetricBase & { readonly kind: "gauge"; readonly points: readonly NumberPoint[] })
  | (MetricBase & { readonly kind: "histogram"; readonly temporality: Temporality; readonly points: readonly HistogramPoint[] })
  /** Exponential histograms and summaries: count and sum are kept, `points` have neither bounds nor buckets. */
  | (MetricBase & { readonly kind: "digest"; readonly temporality: Temporality; readonly points: readonly HistogramPoint[] })
  | (MetricBase & { readonly kind: "empty"; readonly points: readonly never[] });

export interface ResourceMetrics {
  readonly resource: Attributes;
  readonly metrics: readonly Metric[];
}

/** By number in the protobuf enum; an unspecified one is internal. */
export const spanKinds = ["internal", "internal", "server", "client", "producer", "consumer"] as const;
export type SpanKind = (typeof spanKinds)[number];

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  /** The status message (or "error") of a span with error status. */
  readonly error: string | null;
  readonly attributes: Attributes;
}
export interface ResourceSpans {
  readonly resource: Attributes;
  readonly spans: readonly OtlpSpan[];
}

export interface OtlpLog {
  readonly atMs: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly event: string;
  readonly body: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}
export interface ResourceLogs {
  readonly resource: Attributes;
  readonly logs: readonly OtlpLog[];
}
