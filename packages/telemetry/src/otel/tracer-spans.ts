import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from "@opentelemetry/api";
import type { Span, SpanContext, SpanOptions } from "../recorder/recorder.ts";
import { redactValues } from "../redact.ts";
import { declaredValues } from "../registry/fields.ts";
import { type SpanKindName, spans } from "../registry/spans.ts";
import type { SpanAttributes, SpanName } from "../registry/types.ts";

const kinds: Readonly<Record<SpanKindName, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** An OpenTelemetry context in which the given span is the current one. */
export function contextOf(parent: SpanContext | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = parent;
  const traceFlags = sampled === false ? TraceFlags.NONE : TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Starts a span of the registry on a tracer; attributes that the registry does not declare are left out. */
export function startSpan<N extends SpanName>(tracer: Tracer, name: N, options: SpanOptions<N> = {}): Span<N> {
  const { kind, attributes } = spans[name];
  const values = (given: SpanAttributes<N> | undefined): Record<string, string | number | boolean> =>
    redactValues(declaredValues(attributes, given));
  const { startMs } = options;
  const start = { kind: kinds[kind], attributes: values(options.attributes), ...(startMs === undefined ? {} : { startTime: startMs }) };
  const span = tracer.startSpan(name, start, contextOf(options.parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    context: { traceId, spanId, ...((traceFlags & TraceFlags.SAMPLED) === 0 ? { sampled: false } : {}) },
    end(end: { readonly error?: string; readonly endMs?: number; readonly attributes?: SpanAttributes<N> } = {}) {
      if (!span.isRecording()) return;
      if (end.attributes !== undefined) span.setAttributes(values(end.attributes));
      if (end.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: end.error });
      span.end(end.endMs);
    },
  };
}
