import { expect, test } from "vitest";
import { Batches } from "./batches.ts";

const batch = (name: string, items: number, bytes = 1): { bytes: Buffer; items: number } => ({
  bytes: Buffer.alloc(bytes, name),
  items,
});
const names = (batches: readonly { bytes: Uint8Array }[]): string[] => batches.map(({ bytes }) => String.fromCharCode(bytes[0] ?? 0));

test("a full queue drops the oldest, by items and by bytes, and counts them", () => {
  const dropped: number[] = [];
  const queue = new Batches({ items: 10, bytes: 100 }, (count) => dropped.push(count));
  for (const name of "abcde") queue.put(batch(name, 3));
  expect([queue.items, queue.bytes, dropped]).toEqual([9, 3, [1, 1]]);
  queue.put(batch("f", 1, 99));
  expect([queue.items, queue.bytes, dropped]).toEqual([4, 100, [1, 1, 2]]);
  expect(names(queue.take({ items: 100, bytes: 1000 }))).toEqual(["e", "f"]);
});

test("the newest stays, however large", () => {
  const queue = new Batches({ items: 10, bytes: 100 }, () => {});
  queue.put(batch("a", 1));
  queue.put(batch("b", 5_000));
  expect(names(queue.take({ items: 1, bytes: 1 }))).toEqual(["b"]);
  expect([queue.items, queue.bytes]).toEqual([0, 0]);
});

test("what could not be sent goes back as the oldest, and is the first to be dropped", () => {
  let dropped = 0;
  const queue = new Batches({ items: 4, bytes: 100 }, (count) => (dropped += count));
  queue.put(batch("a", 2));
  queue.put(batch("b", 2));
  const taken = queue.take({ items: 2, bytes: 100 });
  queue.put(batch("c", 2));
  queue.putBack(taken);
  expect([names(queue.take({ items: 100, bytes: 100 })), dropped]).toEqual([["b", "c"], 1]);
});
