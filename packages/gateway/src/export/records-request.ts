import { events, type Fields, spans } from "@moqscope/telemetry";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import { encode, nanos, type Plain, type Wire, writeAttributes } from "./wire.ts";

const scopeName = "moqscope";
const statusError = 2;
/** OTLP's number of each level: the lowest of its four. */
const severities: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17 };
/** OTLP counts kinds of spans from 1. */
const kinds: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

type Field = Fields[string];
const spanFields: Readonly<Record<string, { readonly attributes: Fields }>> = spans;
const eventFields: Readonly<Record<string, { readonly fields: Fields }>> = events;

/** ExportTraceServiceRequest of spans that the gateway read and checked itself. */
export function tracesRequest(records: readonly SpanRecord[], resource: ResourceOf): Buffer {
  return encode((wire) => {
    for (const [service, group] of grouped(records)) {
      wire.message(1, () => {
        wire.message(1, () => writeAttributes(wire, 1, resource(service)));
        wire.message(2, () => {
          wire.message(1, () => wire.text(1, scopeName));
          for (const record of group) wire.message(2, () => writeSpan(wire, record));
        });
      });
    }
  });
}

/** ExportLogsServiceRequest of records that the gateway read and checked, or wrote, itself. */
export function logsRequest(records: readonly LogRecord[], resource: ResourceOf, nowMs: number): Buffer {
  return encode((wire) => {
    for (const [service, group] of grouped(records)) {
      wire.message(1, () => {
        wire.message(1, () => writeAttributes(wire, 1, resource(service)));
        wire.message(2, () => {
          wire.message(1, () => wire.text(1, scopeName));
          for (const record of group) wire.message(2, () => writeLog(wire, record, nowMs));
        });
      });
    }
  });
}

/** Attributes of the resource of a service. */
export type ResourceOf = (service: string) => Readonly<Record<string, string>>;

function writeSpan(wire: Wire, span: SpanRecord): void {
  wire.bytes(1, Buffer.from(span.traceId, "hex")).bytes(2, Buffer.from(span.spanId, "hex"));
  if (span.parentSpanId !== "") wire.bytes(4, Buffer.from(span.parentSpanId, "hex"));
  wire.text(5, span.name).uint(6, kinds[span.kind ?? "internal"] ?? 1);
  wire.fixed64(7, nanos(span.startMs)).fixed64(8, nanos(span.endMs));
  writeAttributes(wire, 9, typed(spanFields[span.name]?.attributes, span.attributes));
  const { error } = span;
  if (error !== null) wire.message(15, () => wire.text(2, error).uint(3, statusError));
}

function writeLog(wire: Wire, log: LogRecord, nowMs: number): void {
  wire
    .fixed64(1, nanos(log.atMs))
    .uint(2, severities[log.level] ?? 0)
    .text(3, log.level);
  wire.message(5, () => wire.text(1, log.body));
  writeAttributes(wire, 6, typed(eventFields[log.event]?.fields, log.attributes));
  if (log.traceId !== "" && log.spanId !== "") wire.bytes(9, Buffer.from(log.traceId, "hex")).bytes(10, Buffer.from(log.spanId, "hex"));
  wire.fixed64(11, nanos(nowMs));
  if (log.event !== "") wire.text(12, log.event);
}

/** Attributes with the types that the registry gives their fields. */
function typed(fields: Fields | undefined, attributes: Readonly<Record<string, string>>): Record<string, Plain> {
  const values: Record<string, Plain> = {};
  for (const [key, text] of Object.entries(attributes)) values[key] = plain(fields?.[key], text);
  return values;
}

function plain(field: Field | undefined, text: string): Plain {
  switch (field?.kind) {
    case "number":
      return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    case "flag":
      return text === "true" || text === "false" ? text === "true" : text;
    case "text":
    case "closed":
    case undefined:
      return text;
  }
}

function grouped<T extends { readonly service: string }>(records: readonly T[]): Iterable<[string, T[]]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const group = groups.get(record.service);
    if (group === undefined) groups.set(record.service, [record]);
    else group.push(record);
  }
  return groups;
}
