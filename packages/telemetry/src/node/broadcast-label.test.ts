import { expect, test } from "vitest";
import { broadcastLabel } from "./broadcast-label.ts";

test("a path of at most 64 bytes is its own label", () => {
  const path = "a".repeat(64);
  expect(broadcastLabel(path)).toBe(path);
});
test("a longer one is cut to 55 bytes and told apart by its hash", () => {
  const one = broadcastLabel(`${"a".repeat(64)}1`);
  const two = broadcastLabel(`${"a".repeat(64)}2`);
  expect(one).toMatch(/^a{55}~[0-9a-f]{8}$/);
  expect(two).not.toBe(one);
});
test("a character is never cut in two", () => {
  const label = broadcastLabel("ü".repeat(40));
  expect(label).toMatch(/^ü{27}~[0-9a-f]{8}$/);
  expect(Buffer.byteLength(label)).toBeLessThanOrEqual(64);
});
