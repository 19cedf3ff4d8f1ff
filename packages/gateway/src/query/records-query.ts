import type { LogRecord, LogsAnswer, SpanRecord, TracesAnswer } from "@moqscope/telemetry/query";
import type { Page } from "../store/record-ring.ts";
import type { Records } from "../store/records.ts";
import { attributesParameter, choiceParameter, knownParameters, numberParameter, ParameterError } from "./parameters.ts";

const answeredByDefault = 500;
const answeredAtMost = 10_000;
const longestText = 200;
const levels = ["debug", "info", "warn", "error"] as const;

type Test<T> = (item: T) => boolean;
interface Both {
  readonly service: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const common = ["service", "session.id", "broadcast", "name", "traceId", "text", "attributes", "limit", "cursor"] as const;
const ofSpans = [...common, "error", "minDurationMs"] as const;
const ofLogs = [...common, "severity"] as const;

/** `GET /api/traces`: spans by attribute, newest first, a page of them. Throws ParameterError. */
export function tracesAnswer(records: Records, query: URLSearchParams, nowMs: number): TracesAnswer {
  knownParameters(query, ofSpans);
  const tests = commonTests<SpanRecord>(query, ({ name, error, attributes }) => [name, error ?? "", ...Object.values(attributes)]);
  const name = query.get("name") ?? "";
  if (name !== "") tests.push((span) => span.name === name);
  const error = choiceParameter(query, "error", ["true", "false"]);
  if (error !== undefined) tests.push((span) => (span.error !== null) === (error === "true"));
  const least = numberParameter(query, "minDurationMs", { least: 0, most: 86_400_000, preset: 0 });
  if (least > 0) tests.push(({ startMs, endMs }) => endMs - startMs >= least);
  const { items, next } = records.traces.page(pageOf(query, tests));
  return { nowMs, spans: items, ...(next === undefined ? {} : { next: String(next) }) };
}

/** `GET /api/logs`: log records by attribute, newest first, a page of them. Throws ParameterError. */
export function logsAnswer(records: Records, query: URLSearchParams, nowMs: number): LogsAnswer {
  knownParameters(query, ofLogs);
  const tests = commonTests<LogRecord>(query, ({ event, body, attributes }) => [event, body, ...Object.values(attributes)]);
  const name = query.get("name") ?? "";
  if (name !== "") tests.push((log) => log.event === name);
  const severity = choiceParameter(query, "severity", levels);
  if (severity !== undefined) {
    const least = levels.indexOf(severity);
    tests.push(({ level }) => levels.indexOf(level as (typeof levels)[number]) >= least);
  }
  const { items, next } = records.logs.page(pageOf(query, tests));
  return { nowMs, logs: items, ...(next === undefined ? {} : { next: String(next) }) };
}

function commonTests<T extends Both>(query: URLSearchParams, texts: (item: T) => readonly string[]): Test<T>[] {
  const tests: Test<T>[] = [];
  const given = (name: string): string => query.get(name) ?? "";
  const service = given("service");
  if (service !== "") tests.push((item) => item.service === service);
  const traceId = given("traceId").toLowerCase();
  if (traceId !== "" && !/^[0-9a-f]{32}$/.test(traceId))
    throw new ParameterError("traceId is no trace id", "give its 32 hex digits, for example ?traceId=0af7651916cd43dd8448eb211c80319c");
  if (traceId !== "") tests.push((item) => item.traceId === traceId);
  const sessionId = given("session.id");
  if (sessionId !== "") tests.push(({ attributes }) => attributes["session.id"] === sessionId);
  const broadcast = given("broadcast");
  if (broadcast !== "") tests.push(({ attributes }) => (attributes["moq.broadcast"] ?? attributes["broadcast"]) === broadcast);
  const wanted = Object.entries(attributesParameter(query));
  if (wanted.length > 0) tests.push(({ attributes }) => wanted.every(([key, value]) => attributes[key] === value));
  const text = given("text").toLowerCase();
  if (text.length > longestText)
    throw new ParameterError(`text has more than ${longestText} characters`, "give a shorter piece of it, for example ?text=timeout");
  if (text !== "") tests.push((item) => texts(item).some((each) => each.toLowerCase().includes(text)));
  return tests;
}

function pageOf<T>(query: URLSearchParams, tests: readonly Test<T>[]): Page<T> {
  const limit = Math.floor(numberParameter(query, "limit", { least: 1, most: answeredAtMost, preset: answeredByDefault }));
  return { limit, before: cursorOf(query), matches: (item) => tests.every((test) => test(item)) };
}

function cursorOf(query: URLSearchParams): number | undefined {
  const text = query.get("cursor") ?? "";
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ParameterError("cursor is none that was given", "repeat the query with the `next` of its answer, or without a cursor");
}
