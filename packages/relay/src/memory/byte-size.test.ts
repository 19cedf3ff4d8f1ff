import { expect, test } from "vitest";
import { parseByteSize } from "./byte-size.ts";
import { machineMemoryBytes } from "./machine-memory.ts";

test.each([
  ["0", 0],
  ["1500", 1500],
  ["10b", 10],
  ["64k", 64_000],
  ["512MB", 512_000_000],
  ["1.5 GiB", 1.5 * 2 ** 30],
  ["2TiB", 2 ** 41],
  ["25%", 250],
])("%s is %i bytes", (text, bytes) => {
  expect(parseByteSize("--cache-capacity", text, 1000)).toBe(bytes);
});

test.each(["", "MB", "-1", "1 mile", "%", "1e3"])("%j is refused by the name of its flag", (text) => {
  expect(() => parseByteSize("--cache-capacity", text)).toThrow(/--cache-capacity: .* is no size/);
});

test("a share is one of the memory that the process may have", () => {
  expect(parseByteSize("--x", "100%")).toBe(machineMemoryBytes());
  expect(machineMemoryBytes()).toBeGreaterThan(2 ** 20);
});
