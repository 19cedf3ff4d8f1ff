import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogStore } from "./log-store.ts";
import { TraceStore } from "./trace-store.ts";

const span = (trace: number, n = 0, name = "x"): SpanRecord => ({
  traceId: trace.toString(16).padStart(32, "0"),
  spanId: n.toString(16).padStart(16, "0"),
  parentSpanId: "",
  name,
  service: "s",
  instance: "i",
  startMs: n,
  endMs: n,
  error: null,
  attributes: {},
});
const log = (body: string): LogRecord => ({
  atMs: 0,
  level: "info",
  event: "",
  body,
  service: "s",
  instance: "i",
  traceId: "",
  spanId: "",
  attributes: {},
});
const everything = { limit: 100_000, matches: () => true };
const generous = { traces: 100, spans: 100, bytes: 1e9, keptMs: 1000 };

describe("traces", () => {
  test("the one that rested longest goes whole where one is too many, and is counted", () => {
    let dropped = 0;
    const store = new TraceStore({ ...generous, traces: 2 }, (spans) => (dropped += spans));
    for (const [trace, n] of [
      [1, 0],
      [2, 1],
      [1, 2],
      [3, 3],
    ] as const)
      store.push(span(trace, n), 0);
    expect([store.traces, store.size, dropped]).toEqual([2, 3, 1]);
    expect(store.trace(span(2).traceId)).toEqual([]);
    expect(store.page(everything).items.map(({ startMs }) => startMs)).toEqual([3, 2, 0]);
  });

  test("hold bounded bytes, and so many spans each", () => {
    let dropped = 0;
    const store = new TraceStore({ ...generous, bytes: 20_000, spans: 3 }, (spans) => (dropped += spans));
    for (let trace = 0; trace < 200; trace++) for (let n = 0; n < 4; n++) store.push(span(trace, n, "n".repeat(100)), 0);
    expect(store.bytes).toBeLessThanOrEqual(20_000);
    expect(store.size % 3).toBe(0);
    expect(dropped + store.size).toBe(800);
  });

  test("are forgotten with age, by their newest span", () => {
    const store = new TraceStore(generous);
    store.push(span(1), 0);
    store.push(span(2), 100);
    store.push(span(1, 1), 900);
    store.expire(1_200);
    expect([store.trace(span(1).traceId).length, store.trace(span(2).traceId).length]).toEqual([2, 0]);
  });
});

describe("logs", () => {
  test("the oldest lines go where there are too many, or too many bytes", () => {
    let dropped = 0;
    const store = new LogStore({ lines: 3, bytes: 1e9, keptMs: 1000 }, (lines) => (dropped += lines));
    for (const body of "abcde") store.push(log(body), 0);
    expect([
      store
        .page(everything)
        .items.map(({ body }) => body)
        .join(""),
      dropped,
    ]).toEqual(["edc", 2]);
    const small = new LogStore({ lines: 1e6, bytes: 5_000, keptMs: 1000 });
    for (let n = 0; n < 1_000; n++) small.push(log("x".repeat(500)), 0);
    expect(small.bytes).toBeLessThanOrEqual(5_000);
    expect(small.size).toBe(6);
  });

  test("are forgotten with age", () => {
    const store = new LogStore({ lines: 10, bytes: 1e9, keptMs: 1000 });
    store.push(log("a"), 0);
    store.push(log("b"), 500);
    store.expire(1_001);
    expect(store.page(everything).items.map(({ body }) => body)).toEqual(["b"]);
  });

  test("page by page give every line once, newest first, also while others come and go", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(9),
        (kinds, limit, wanted) => {
          const store = new LogStore({ lines: 1_000, bytes: 1e9, keptMs: 1000 });
          for (const [at, kind] of kinds.entries()) store.push(log(`${kind} ${at}`), 0);
          const seen: string[] = [];
          let before: number | undefined;
          do {
            const { items, next } = store.page({ limit, before, matches: ({ body }) => Number(body[0]) >= wanted });
            expect(items.length).toBeLessThanOrEqual(limit);
            seen.push(...items.map(({ body }) => body));
            before = next;
            store.push(log("9 new"), 0);
          } while (before !== undefined);
          expect(seen).toEqual(kinds.flatMap((kind, at) => (kind >= wanted ? [`${kind} ${at}`] : [])).toReversed());
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a filter that finds little gives a page after twenty thousand lines, with a way on", () => {
    const store = new LogStore({ lines: 50_000, bytes: 1e9, keptMs: 1000 });
    for (let n = 0; n < 50_000; n++) store.push(log(n === 5 ? "needle" : "hay"), 0);
    const matches = ({ body }: LogRecord): boolean => body === "needle";
    const [first, found] = [store.page({ limit: 1, matches }), [] as string[]];
    expect(first.items).toEqual([]);
    for (let next = first.next; next !== undefined; ) {
      const page = store.page({ limit: 1, before: next, matches });
      found.push(...page.items.map(({ body }) => body));
      next = page.next;
    }
    expect(found).toEqual(["needle"]);
  });
});
