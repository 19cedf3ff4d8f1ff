import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boards } from "../boards/index.ts";
import { render } from "../boards/kit/board.ts";
import type { BoardJson } from "../boards/lint/board-json.ts";
import { markFault } from "./mark-fault.ts";

interface Record {
  readonly body: { readonly stringValue: string };
  readonly eventName: string;
  readonly timeUnixNano: string;
}
const taken: { readonly path: string | undefined; readonly record: Record }[] = [];
let status = 200;
const collector = createServer((request, response) => {
  void request.toArray().then((parts) => {
    const { resourceLogs } = JSON.parse(parts.join("")) as { resourceLogs: [{ scopeLogs: [{ logRecords: [Record] }] }] };
    taken.push({ path: request.url, record: resourceLogs[0].scopeLogs[0].logRecords[0] });
    response.writeHead(status).end("{}");
  });
});
const address = (): string => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
beforeAll(async () => {
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
});
afterAll(() => void collector.close());

test("a fault is told to the collector in a line that the boards' marks find", async () => {
  await markFault(`${address()}/`, { fault: "10 % loss at ams-1", state: "begun" }, 1_700_000_000_123);
  const { path, record } = taken[0] as (typeof taken)[number];
  expect([path, record.timeUnixNano]).toEqual(["/v1/logs", "1700000000123000000"]);
  expect(record.body.stringValue).toBe("moq.fault begun: 10 % loss at ams-1");
  const { annotations } = render(boards[0] as (typeof boards)[number]) as BoardJson;
  const [, looksFor = ""] = /\|= "([^"]+)"/.exec(annotations.list.at(-1)?.expr ?? "") ?? [];
  expect(record.body.stringValue).toContain(looksFor);
});
test("a collector that refuses is named", async () => {
  status = 503;
  await expect(markFault(address(), { fault: "x", state: "over" })).rejects.toThrow(/\/v1\/logs answers 503/);
});
