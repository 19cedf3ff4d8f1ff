import type { LogsAnswer, TracesAnswer } from "@moqscope/telemetry/query";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestGateway } from "../testing/gateway.ts";
import { attributes } from "../testing/otlp-json.ts";

const traceId = (n: number): string => n.toString(16).padStart(32, "0");
const nanos = (ms: number): string => `${BigInt(ms) * 1_000_000n}`;

let at: TestGateway;
beforeAll(async () => {
  at = await TestGateway.start();
  const resource = (service: string): object => ({ attributes: attributes({ "service.name": service, "service.instance.id": "i" }) });
  for (let n = 1; n <= 30; n++) {
    const common = { "session.id": `session-${n % 3}` };
    const span = {
      traceId: traceId(n),
      spanId: n.toString(16).padStart(16, "0"),
      name: n % 2 === 0 ? "moq.accept" : "moq.connect",
      startTimeUnixNano: nanos(1000),
      endTimeUnixNano: nanos(1000 + n * 100),
      status: n === 7 ? { code: 2, message: "it Broke" } : {},
      attributes: attributes({ ...common, "moq.broadcast": `room/${n % 5}` }),
    };
    const log = {
      timeUnixNano: nanos(n),
      severityNumber: [5, 9, 13, 17][n % 4],
      eventName: n % 2 === 0 ? "moq.error" : "moq.ready",
      body: { stringValue: `line ${n}` },
      traceId: traceId(n),
      attributes: attributes({ ...common, broadcast: `room/${n % 5}` }),
    };
    const service = n <= 10 ? "moq-relay" : "moq-player";
    await at.export({ resourceSpans: [{ resource: resource(service), scopeSpans: [{ spans: [span] }] }] }, "traces");
    await at.export({ resourceLogs: [{ resource: resource(service), scopeLogs: [{ logRecords: [log] }] }] }, "logs");
  }
});
afterAll(() => at.close());

const range = (from: number, to: number, keep: (n: number) => boolean): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => to - index).filter(keep);

describe("traces", () => {
  test.each<[string, number[]]>([
    ["", range(1, 30, () => true)],
    ["service=moq-relay", range(1, 10, () => true)],
    ["session.id=session-1", range(1, 30, (n) => n % 3 === 1)],
    ["broadcast=room/4", range(1, 30, (n) => n % 5 === 4)],
    ["name=moq.accept", range(1, 30, (n) => n % 2 === 0)],
    ["minDurationMs=2950", [30]],
    ["error=true", [7]],
    ["error=false&service=moq-relay", [10, 9, 8, 6, 5, 4, 3, 2, 1]],
    ["text=broke", [7]],
    [`traceId=${traceId(12)}`, [12]],
    ["attributes=moq.broadcast=room/1,session.id=session-0", [21, 6]],
    ["name=moq.accept&service=moq-relay&limit=2", [10, 8]],
  ])("by %j are newest first", async (query, wanted) => {
    const { spans } = await at.ask<TracesAnswer>(`api/traces?${query}`);
    expect(spans.map((span) => Number.parseInt(span.spanId, 16))).toEqual(wanted);
  });

  test("by id are whole", async () => {
    const { spans } = await at.ask<TracesAnswer>(`api/traces/${traceId(3)}`);
    expect(spans).toMatchObject([
      { name: "moq.connect", kind: "internal", service: "moq-relay", attributes: { "moq.broadcast": "room/3" } },
    ]);
  });
});

describe("logs", () => {
  const own = (lines: LogsAnswer["logs"]): number[] =>
    lines.filter(({ service }) => service !== "moq-gateway").map(({ body }) => Number(body.slice(5)));

  test.each<[string, number[]]>([
    ["severity=error", range(1, 30, (n) => n % 4 === 3)],
    ["severity=warn", range(1, 30, (n) => n % 4 >= 2)],
    ["name=moq.ready&service=moq-relay", [9, 7, 5, 3, 1]],
    ["broadcast=room/2&service=moq-relay", [7, 2]],
    [`traceId=${traceId(9).toUpperCase()}`, [9]],
    ["text=LINE+29", [29]],
  ])("by %j are newest first", async (query, wanted) => {
    const { logs } = await at.ask<LogsAnswer>(`api/logs?${query}`);
    expect(own(logs)).toEqual(wanted);
  });

  test("a page tells where the next one begins, the last one does not", async () => {
    const seen: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const more: string = cursor === undefined ? "" : `&cursor=${cursor}`;
      const { logs, next }: LogsAnswer = await at.ask<LogsAnswer>(`api/logs?service=moq-player&limit=7${more}`);
      seen.push(...own(logs));
      cursor = next;
      pages++;
    } while (cursor !== undefined);
    expect([seen, pages]).toEqual([range(11, 30, () => true), 3]);
  });
});

test.each([
  ["api/traces?minDurationMs=long", "minDurationMs"],
  ["api/traces?error=maybe", "error"],
  ["api/traces?traceId=xyz", "traceId"],
  ["api/traces?limit=0", "limit"],
  ["api/traces?cursor=-1", "cursor"],
  ["api/traces?severity=warn", "severity"],
  ["api/logs?severity=loud", "severity"],
  ["api/logs?servce=x", "servce"],
  [`api/logs?text=${"x".repeat(201)}`, "text"],
  ["api/logs?attributes=x", "attributes"],
])("%s is a 400 that names %s", async (path, name) => {
  const response = await fetch(`${at.gateway.consoleUrl}/${path}`);
  expect(response.status).toBe(400);
  const { error, remedy } = (await response.json()) as { error: string; remedy: string };
  expect(error.startsWith(`${name} `)).toBe(true);
  expect(remedy).not.toBe("");
});
