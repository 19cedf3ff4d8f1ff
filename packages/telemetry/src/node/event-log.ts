import { type Logger, pino, stdTimeFunctions } from "pino";
import { type EventRecord, eventRecord } from "../otel/log-events.ts";
import type { LogLevel } from "../recorder/recorder.ts";
import { LogLines, putToStderr } from "./log-lines.ts";

/** Where lines go: anything with `write`. */
export interface LogStream {
  write(line: string): void;
}
/** One JSON object per line with fixed keys: level, time, whose it is, event, trace_id, span_id, then the event's fields and the message. */
export class EventLog {
  readonly #logger: Logger;

  /** `whose`: name and region of the process, on every line. */
  constructor(level: LogLevel, stream: LogStream | undefined, whose: Readonly<Record<string, string>> = {}) {
    const formatters = { level: (label: string) => ({ level: label }) };
    const options = {
      level,
      base: Object.keys(whose).length > 0 ? whose : null,
      messageKey: "message",
      timestamp: stdTimeFunctions.isoTime,
      formatters,
    };
    this.#logger = pino(options, stream ?? new LogLines({ put: putToStderr(), told: (lost) => lostLine(lost) }));
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

/** What stands where lines are missing. */
function lostLine(dropped: number): string {
  let line = "";
  const log = new EventLog("warn", { write: (given) => void (line = given) });
  log.write(
    eventRecord(
      "warn",
      "moq.export.failed",
      { signal: "logs", dropped, message: "Log lines were lost: what takes them was full" },
      undefined,
    ),
  );
  return line;
}
