import fc from "fast-check";
import { expect, it } from "vitest";
import { LegacyFrame } from "./legacy.ts";

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

it("reads and writes the vector 43e8 6869", () => {
  const { timestampUs, payload } = LegacyFrame.decode(hex("43e86869"));
  expect([timestampUs, new TextDecoder().decode(payload)]).toEqual([1000, "hi"]);
  expect(LegacyFrame.encode({ timestampUs: 1000, payload: hex("6869") })).toEqual(hex("43e86869"));
});
it("accepts a timestamp that is longer than it must be, and an empty payload", () => {
  expect(LegacyFrame.decode(hex("400168"))).toEqual({ timestampUs: 1, payload: hex("68") });
  expect(LegacyFrame.decode(hex("01")).payload.byteLength).toBe(0);
});
it("refuses a timestamp that is cut at any byte", () => {
  for (const whole of ["43e8", "80010000", "c000000100000000"])
    for (let length = 0; length < whole.length; length += 2)
      expect(() => LegacyFrame.decode(hex(whole.slice(0, length)))).toThrow(/timestamp/);
});
it("refuses a timestamp above 2^53 - 1, below 0 or with a fraction", () => {
  expect(() => LegacyFrame.decode(hex("ffffffffffffffff"))).toThrow("over 2^53");
  for (const timestampUs of [-1, 0.5, Number.NaN, 2 ** 53])
    expect(() => LegacyFrame.encode({ timestampUs, payload: hex("") })).toThrow("no integer");
});
it("gives back any frame it wrote", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array(), (timestampUs, payload) => {
      expect(LegacyFrame.decode(LegacyFrame.encode({ timestampUs, payload }))).toEqual({ timestampUs, payload });
    }),
  );
});
