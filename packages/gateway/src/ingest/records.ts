import { declaredValues, events, type Fields, redact, spans } from "@moqscope/telemetry";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Attributes, OtlpLog, OtlpSpan } from "../otlp/model.ts";
import type { Identity } from "./identity.ts";

/** Bounds of one record of a stranger (fleet aggregation, section 8). */
export const recordLimits = { spans: 64, logs: 64, attributes: 32, valueCharacters: 256, bodyCharacters: 8192 } as const;

const eventsByName: Readonly<Record<string, { readonly fields: Fields }>> = events;
const spansByName: Readonly<Record<string, { readonly attributes: Fields }>> = spans;

/** A span of a trusted source, as it came. */
export function trustedSpan(span: OtlpSpan, identity: Identity): SpanRecord {
  return { ...span, ...identity, attributes: textOf(span.attributes) };
}

/** A log record of a trusted source, as it came. */
export function trustedLog(log: OtlpLog, identity: Identity, nowMs: number): LogRecord {
  return { ...logBase(log, nowMs), ...identity, body: log.body, attributes: textOf(log.attributes) };
}

/** A player's span: its name and attributes from the registry, or `undefined`. */
export function publicSpan(span: OtlpSpan, identity: Identity, sessionId: string): SpanRecord | undefined {
  const fields = Object.hasOwn(spansByName, span.name) ? spansByName[span.name]?.attributes : undefined;
  if (fields === undefined || span.traceId === "" || span.spanId === "") return undefined;
  const error = span.error === null ? null : clip(discreet(span.error), recordLimits.valueCharacters);
  return { ...span, ...identity, error, attributes: { ...declared(fields, span.attributes), "session.id": sessionId } };
}

/** A player's event: its name and fields from the registry, or `undefined`. */
export function publicLog(
  log: OtlpLog,
  identity: Identity,
  at: { readonly sessionId: string; readonly nowMs: number },
): LogRecord | undefined {
  const known = Object.hasOwn(eventsByName, log.event) ? eventsByName[log.event] : undefined;
  if (known === undefined) return undefined;
  const attributes = { ...declared(known.fields, log.attributes), "session.id": at.sessionId };
  return { ...logBase(log, at.nowMs), ...identity, body: clip(discreet(log.body), recordLimits.bodyCharacters), attributes };
}

function logBase(log: OtlpLog, nowMs: number): Pick<LogRecord, "atMs" | "level" | "event" | "traceId" | "spanId"> {
  const { event, traceId, spanId } = log;
  return { atMs: log.atMs || nowMs, level: levelOf(log), event, traceId, spanId };
}

/** Level by severity number (OTLP: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17 and up error). */
function levelOf({ severityNumber, severityText }: OtlpLog): string {
  if (severityNumber === 0) return /^(?:error|warn|info|debug)$/i.test(severityText) ? severityText.toLowerCase() : "info";
  if (severityNumber >= 17) return "error";
  if (severityNumber >= 13) return "warn";
  return severityNumber >= 9 ? "info" : "debug";
}

function declared(fields: Fields, attributes: Attributes): Record<string, string> {
  // before anything is cut: half a token is not recognised as one
  const own = [...attributes].filter(([key]) => Object.hasOwn(fields, key)).slice(0, recordLimits.attributes);
  const given = Object.fromEntries(
    own.map(([key, value]) => [key, typeof value === "string" ? withoutQuery(key, discreet(value)) : value]),
  );
  return Object.fromEntries(Object.entries(declaredValues(fields, given)).map(([key, value]) => [key, String(value)]));
}

/** What follows ? or # in an address may be a secret. */
function withoutQuery(key: string, value: string): string {
  return key === "url" || key.endsWith(".url") ? (value.split(/[?#]/, 1)[0] ?? "") : value;
}

/** Text without credentials, tokens, and query and fragment of addresses, whole ones and such as `/live/a?jwt=…`. */
function discreet(text: string): string {
  return redact(text).replace(/(\/[^\s?#"'<>]*)[?#][^\s"'<>]*/g, "$1");
}

function textOf(attributes: Attributes): Record<string, string> {
  return Object.fromEntries([...attributes].map(([key, value]) => [key, String(value)]));
}

function clip(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}
