import {
  type Context,
  type SpanContext as OtelSpanContext,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { Span, SpanContext, SpanEnd, SpanOptions } from "../recorder/recorder.ts";
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
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent));
}

function spanContextOf({ traceId, spanId, sampled }: SpanContext): OtelSpanContext {
  return { traceId, spanId, traceFlags: sampled === false ? TraceFlags.NONE : TraceFlags.SAMPLED, isRemote: true };
}

/** Starts a span of the registry on a tracer; attributes that the registry does not declare are left out. `ids` is told the id chosen for it, and is whom the tracer asks. */
export function startSpan<N extends SpanName>(
  tracer: Tracer,
  name: N,
  options: SpanOptions<N> = {},
  ids?: { next: string | undefined },
): Span<N> {
  const { kind, attributes } = spans[name];
  const values = (given: SpanAttributes<N> | undefined): Record<string, string | number | boolean> =>
    redactValues(declaredValues(attributes, given));
  const { startMs } = options;
  const start = { kind: kinds[kind], attributes: values(options.attributes), ...(startMs === undefined ? {} : { startTime: startMs }) };
  if (ids) ids.next = options.spanId;
  const span = tracer.startSpan(name, start, contextOf(options.parent));
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    context: { traceId, spanId, ...((traceFlags & TraceFlags.SAMPLED) === 0 ? { sampled: false } : {}) },
    end(end: SpanEnd<N> = {}) {
      if (!span.isRecording()) return;
      for (const { context, kind } of end.links ?? []) span.addLink({ context: spanContextOf(context), attributes: { "moq.link": kind } });
      if (end.attributes !== undefined) span.setAttributes(values(end.attributes));
      if (end.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: end.error });
      span.end(end.endMs);
    },
  };
}
