import { expect, test } from "vitest";
import { RecordPool } from "./record-pool.ts";

test("what was given back is used again, and never by two at once", () => {
  const pool = new RecordPool((bytes) => new Uint8Array(bytes));
  const first = pool.take(4096);
  const second = pool.take(4096);
  expect(first).toBeDefined();
  expect(second).not.toBe(first);
  if (first) pool.give(first);
  expect(pool.take(2000)).toBe(first);
  expect(pool.take(2000)).not.toBe(first);
});

test("a small message gets none, and neither does one that would not fit", () => {
  const pool = new RecordPool((bytes) => new Uint8Array(bytes));
  expect(pool.take(100)).toBeUndefined();
  expect(pool.take(100_000)).toBeUndefined();
});

test("no more than 64 are kept", () => {
  const pool = new RecordPool((bytes) => new Uint8Array(bytes));
  const given = Array.from({ length: 70 }, () => new Uint8Array(16382));
  for (const buffer of given) pool.give(buffer);
  const again = new Set(Array.from({ length: 70 }, () => pool.take(4096)));
  expect(given.filter((buffer) => again.has(buffer))).toHaveLength(64);
});
