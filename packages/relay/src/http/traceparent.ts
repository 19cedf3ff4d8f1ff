import type { SpanContext } from "@moqscope/telemetry";

const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The `traceparent` of a connect URL (W3C Trace Context; tracing.md §1), with whether it is sampled; what is malformed is ignored. */
export function parseTraceparent(value: string | null): SpanContext | undefined {
  const [, traceId, spanId, flags] = pattern.exec(value ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? "", 16) & 1) === 1 };
}
