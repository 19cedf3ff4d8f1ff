import type { Logger, SeverityNumber } from "@opentelemetry/api-logs";
import type { LogLevel, SpanContext } from "../recorder/recorder.ts";
import { redactValues } from "../redact.ts";
import { events } from "../registry/events.ts";
import { declaredValues } from "../registry/fields.ts";
import type { EventAttributes, EventName } from "../registry/types.ts";
import { severityNumbers } from "./severity.ts";
import { contextOf } from "./tracer-spans.ts";

/** An event as it leaves: declared fields only, credentials taken out. */
export interface EventRecord {
  readonly level: LogLevel;
  readonly event: EventName;
  /** The field `message`, else the event's description. */
  readonly message: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly context: SpanContext | undefined;
}

/** What a call of `Recorder.event` says. */
export function eventRecord<N extends EventName>(
  level: LogLevel,
  name: N,
  attributes: EventAttributes<N>,
  context: SpanContext | undefined,
): EventRecord {
  const { description, fields } = events[name];
  const values = redactValues(declaredValues(fields, attributes));
  const { message = description } = values;
  return { level, event: name, message: String(message), values, context };
}

/** Hands an event to a logger of the OpenTelemetry logs API. */
export function emitEvent(logger: Logger, { level, event, message, values, context }: EventRecord): void {
  const severityNumber: SeverityNumber = severityNumbers[level];
  logger.emit({ eventName: event, severityNumber, severityText: level, body: message, attributes: values, context: contextOf(context) });
}
