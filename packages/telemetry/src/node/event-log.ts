import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import type { EventRecord } from "../otel/log-events.ts";
import type { LogLevel } from "../recorder/recorder.ts";

/** Where lines go: anything with `write`. */
export interface LogStream {
  write(line: string): void;
}
/** One JSON object per line with fixed keys: time, level, event, message, trace_id, span_id, then the event's fields. */
export class EventLog {
  readonly #logger: Logger;

  constructor(level: LogLevel, stream: LogStream | undefined) {
    // Synchronous: the last line before an exit is the one that matters.
    const target: DestinationStream = stream ?? destination({ fd: 2, sync: true });
    const formatters = { level: (label: string) => ({ level: label }) };
    this.#logger = pino({ level, base: null, messageKey: "message", timestamp: stdTimeFunctions.isoTime, formatters }, target);
  }

  setLevel(level: LogLevel): void {
    this.#logger.level = level;
  }

  write({ level, event, message, values, context }: EventRecord): void {
    const { message: _told, ...fields } = values;
    const ids = context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
    this.#logger[level]({ event, ...ids, ...fields }, message);
  }
}
