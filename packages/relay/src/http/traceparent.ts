import type { SpanContext } from "@moqscope/telemetry";

const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;

/** The `traceparent` of a connect URL (W3C Trace Context; tracing.md §1); what is malformed is ignored. */
export function parseTraceparent(value: string | null): SpanContext | undefined {
  const [, traceId, spanId] = pattern.exec(value ?? "") ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined;
}
