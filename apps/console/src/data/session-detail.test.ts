import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import { expect, it } from "vitest";
import { logsOf, startupsOf } from "./session-detail.ts";

const span = (over: Partial<SpanRecord>): SpanRecord => ({
  traceId: "t1",
  spanId: "s",
  parentSpanId: "",
  name: "moq.session.start",
  service: "moq-player",
  instance: "fleet",
  startMs: 0,
  endMs: 0,
  error: null,
  attributes: {},
  ...over,
});
const log = (over: Partial<LogRecord>): LogRecord => ({
  atMs: 0,
  level: "info",
  event: "",
  body: "",
  service: "",
  instance: "",
  traceId: "",
  spanId: "",
  attributes: {},
  ...over,
});

it("lines the phases of a session's attempt up from its beginning, in their own order", () => {
  const spans = [
    span({ name: "moq.startup.setup", startMs: 1_040, endMs: 1_090 }),
    span({ name: "moq.startup.connect", startMs: 1_000, endMs: 1_040 }),
    span({ attributes: { "session.id": "abc" }, startMs: 1_000, endMs: 1_090 }),
    span({ traceId: "t2", name: "moq.startup.connect", attributes: { "session.id": "other" } }),
  ];
  const [only, ...rest] = startupsOf(spans, "abc");
  expect(rest).toEqual([]);
  expect(only).toMatchObject({ traceId: "t1", startMs: 1_000, lengthMs: 90, error: null });
  expect(only?.bars.map((bar) => [bar.phase, bar.offsetMs, bar.lengthMs])).toEqual([
    ["connect", 0, 40],
    ["setup", 40, 50],
  ]);
});

it("has no attempt without phases, and says how one failed", () => {
  expect(startupsOf([span({ attributes: { "session.id": "abc" } })], "abc")).toEqual([]);
  const failed = [span({ instance: "abc", error: "not_found" }), span({ instance: "abc", name: "moq.startup.connect", endMs: 5 })];
  expect(startupsOf(failed, "abc")[0]?.error).toBe("not_found");
});

it("collects the log of the session and of its traces, newest first", () => {
  const logs = [
    log({ atMs: 1, attributes: { "session.id": "abc" } }),
    log({ atMs: 2, traceId: "t1" }),
    log({ atMs: 3, traceId: "" }),
    log({ atMs: 4, traceId: "t9" }),
  ];
  expect(logsOf(logs, "abc", new Set(["t1"])).map((record) => record.atMs)).toEqual([2, 1]);
});
