import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cursor } from "./cursor.ts";
import { Sink } from "./sink.ts";
import { fromZigzag, maxVarint, toZigzag } from "./varint.ts";

describe("varints of RFC 9000 appendix A.1", () => {
  test.each([
    ["c2197c5eff14e88c", 151_288_809_941_952_652n],
    ["9d7f3e7d", 494_878_333n],
    ["7bbd", 15_293n],
    ["25", 37n],
  ] as const)("%s", (hex, value) => {
    expect(new Cursor(Buffer.from(hex, "hex")).varint62()).toBe(value);
    expect(Buffer.from(new Sink().varint(value).finish()).toString("hex")).toBe(hex);
  });
  test("a longer form than needed is read", () => {
    expect(new Cursor(Uint8Array.of(0x40, 0x25)).varint()).toBe(37);
  });
});

test("round trip of every size, as number and as bigint", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: maxVarint }), (value) => {
      const bytes = new Sink(1).varint(value).finish();
      expect(new Cursor(bytes).varint62()).toBe(value);
      if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
        expect(new Cursor(bytes).varint()).toBe(Number(value));
        expect(new Sink().varint(Number(value)).finish()).toEqual(bytes);
      }
    }),
  );
});

test("2^53 is no number, but a bigint and a credit", () => {
  const bytes = new Sink().varint(1n << 53n).finish();
  expect(() => new Cursor(bytes).varint()).toThrow(expect.objectContaining({ code: "bounds_exceeded" }) as Error);
  expect(new Cursor(bytes).varint62()).toBe(1n << 53n);
  expect(new Cursor(bytes).clamped()).toBe(Number.MAX_SAFE_INTEGER);
});

test.each([-1, 0.5, 2 ** 53, Number.NaN, -1n, 1n << 62n])("%s is not written", (value) => {
  expect(() => new Sink().varint(value)).toThrow(expect.objectContaining({ code: "bounds_exceeded" }) as Error);
});

test("zigzag keeps the sign", () => {
  expect([0, -1, 1, -2, 1000].map(toZigzag)).toEqual([0, 1, 2, 3, 2000]);
  fc.assert(fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (n) => fromZigzag(toZigzag(n)) === n));
});
