import type { LogRecord } from "@moqscope/telemetry/query";
import type { LevelFilter } from "../app/route.ts";

const severity: Readonly<Record<string, number>> = { trace: 0, debug: 1, info: 2, warn: 3, warning: 3, error: 4, fatal: 5 };

/** How severe a level is. An unknown word counts as an error: what cannot be judged is not hidden. */
export function severityOf(level: string): number {
  return severity[level.toLowerCase()] ?? 4;
}

/** Records at least as severe as `level` in which every word of `text` occurs, newest first. */
export function filterLogs(logs: readonly LogRecord[], level: LevelFilter, text: string): LogRecord[] {
  const least = level === "all" ? 0 : severityOf(level);
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return logs
    .filter((record) => severityOf(record.level) >= least && words.every((word) => wordsOf(record).includes(word)))
    .sort((a, b) => b.atMs - a.atMs);
}

function wordsOf(record: LogRecord): string {
  const pairs = Object.entries(record.attributes).map(([key, value]) => `${key}=${value}`);
  return [record.event, record.body, record.service, record.instance, record.traceId, ...pairs].join(" ").toLowerCase();
}
