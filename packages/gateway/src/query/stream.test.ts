import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import type { Summary } from "@moqscope/telemetry/query";
import { expect, test } from "vitest";
import { SummaryStream } from "./stream.ts";

/** A response whose reader takes nothing. */
class Stuck extends EventEmitter {
  writableLength = 0;
  destroyed = false;
  writeHead(): void {}
  write(text: string): void {
    this.writableLength += text.length;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

test("a listener that does not read is dropped, not buffered for", () => {
  const stream = new SummaryStream();
  const stuck = new Stuck();
  const summary = { broadcasts: Array.from({ length: 500 }, (_, n) => ({ broadcast: `room/${n}` })) } as unknown as Summary;
  stream.add(stuck as unknown as ServerResponse, summary);
  for (let second = 0; second < 60; second++) stream.send(summary);
  expect(stuck.destroyed).toBe(true);
  expect(stuck.writableLength).toBeLessThan(300_000);
  expect(stream.size).toBe(0);
});
