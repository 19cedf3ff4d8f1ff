import { expect, test } from "vitest";
import { Gate } from "./gate.ts";

test("so many run, others wait in turn, more are refused, and a failure frees its place", async () => {
  const gate = new Gate({ running: 1, waiting: 1 });
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const a = gate.run(async () => {
    order.push("a begins");
    await first.promise;
    throw new Error("a fails");
  });
  const b = gate.run(async () => {
    order.push("b runs");
  });
  await expect(gate.run(async () => order.push("c"))).rejects.toMatchObject({ type: "unavailable" });
  expect(order).toEqual(["a begins"]);
  first.resolve();
  await expect(a).rejects.toThrow("a fails");
  await b;
  await gate.run(async () => {
    order.push("d runs");
  });
  expect(order).toEqual(["a begins", "b runs", "d runs"]);
});
