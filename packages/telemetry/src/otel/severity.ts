import type { LogLevel } from "../recorder/recorder.ts";

/** Severity numbers of OTLP log records. */
export const severityNumbers: Readonly<Record<LogLevel, number>> = { error: 17, warn: 13, info: 9, debug: 5 };
