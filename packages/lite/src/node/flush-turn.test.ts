import { expect, test } from "vitest";
import { inFlushTurn } from "./flush-turn.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what is asked for in one turn runs in one, in order; what is asked for meanwhile runs in the next", async () => {
  const ran: string[] = [];
  inFlushTurn(() => {
    ran.push("first");
    inFlushTurn(() => ran.push("next"));
  });
  inFlushTurn(() => ran.push("second"));
  expect(ran).toEqual([]);
  await turn();
  expect(ran).toEqual(["first", "second"]);
  await turn();
  expect(ran).toEqual(["first", "second", "next"]);
});

test("the failure of one is none of the others", async () => {
  const ran: string[] = [];
  const failures: unknown[] = [];
  const uncaught = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => failures.push(error.message));
  try {
    inFlushTurn(() => ran.push("before"));
    inFlushTurn(() => {
      throw new Error("one fails");
    });
    inFlushTurn(() => ran.push("after"));
    await turn();
    await turn();
    expect(failures).toEqual(["one fails"]);
    expect(ran).toEqual(["before", "after"]);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of uncaught) process.on("uncaughtException", listener);
  }
});
