import type { LogRecord } from "@moqscope/telemetry/query";
import { expect, it } from "vitest";
import { filterLogs } from "./log-filter.ts";

const log = (atMs: number, level: string, body = "", attributes: Record<string, string> = {}): LogRecord => ({
  atMs,
  level,
  event: "moq.error",
  body,
  service: "moq-relay",
  instance: "a",
  traceId: "",
  spanId: "",
  attributes,
});
const times = (logs: readonly LogRecord[]): number[] => logs.map((record) => record.atMs);

it("keeps what is at least as severe, newest first", () => {
  const logs = [log(1, "debug"), log(2, "INFO"), log(3, "warn"), log(4, "error")];
  expect(times(filterLogs(logs, "all", ""))).toEqual([4, 3, 2, 1]);
  expect(times(filterLogs(logs, "info", ""))).toEqual([4, 3, 2]);
  expect(times(filterLogs(logs, "error", ""))).toEqual([4]);
});

it("does not hide a level that it does not know", () => {
  expect(times(filterLogs([log(1, "emergency")], "error", ""))).toEqual([1]);
});

it("finds every word anywhere in a record", () => {
  const logs = [log(1, "info", "broadcast ended", { reason: "clean" }), log(2, "info", "broadcast active")];
  expect(times(filterLogs(logs, "all", "ENDED  reason=clean"))).toEqual([1]);
  expect(times(filterLogs(logs, "all", "moq-relay"))).toEqual([2, 1]);
});
