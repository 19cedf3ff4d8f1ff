import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { describe, expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

function setUp(results: ("ok" | "fail" | "throw")[]) {
  const batches: number[][] = [];
  const failures: [unknown, number][] = [];
  const outbox = new Outbox<number>({
    send(batch, done: (result: ExportResult) => void) {
      batches.push(batch);
      const result = results.shift() ?? "ok";
      if (result === "throw") throw new Error("thrown");
      done(result === "ok" ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error: new Error("refused") });
    },
    intervalMs: 1_000_000,
    limit: 4,
    batchSize: 2,
    onFailure: (error, dropped) => failures.push([error, dropped]),
  });
  return { outbox, batches, failures };
}

describe("Outbox", () => {
  test("sends what waits in batches, in order", async () => {
    const { outbox, batches } = setUp([]);
    for (const item of [1, 2, 3]) outbox.put(item);
    await outbox.close();
    expect(batches).toEqual([[1, 2], [3]]);
  });

  test("drops the oldest beyond its limit and tells how many with the next failure", async () => {
    const { outbox, batches, failures } = setUp(["fail"]);
    for (const item of [1, 2, 3, 4, 5, 6]) outbox.put(item);
    await outbox.flush();
    expect(failures).toEqual([[new Error("refused"), 2]]);
    await outbox.close();
    expect(batches).toEqual([
      [3, 4],
      [3, 4],
      [5, 6],
    ]);
  });

  test("an exporter that throws loses nothing and breaks nothing", async () => {
    const { outbox, batches, failures } = setUp(["throw"]);
    outbox.put(1);
    await outbox.flush();
    await outbox.close();
    expect(failures).toEqual([[new Error("thrown"), 0]]);
    expect(batches).toEqual([[1], [1]]);
  });
});
