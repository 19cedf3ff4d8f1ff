import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeDatagram, encodeDatagram } from "./datagram.ts";
import { datagramVectors } from "./fixtures/vectors.ts";

const thrown = (code: string): Error => expect.objectContaining({ name: "LiteError", code }) as Error;

describe.each(datagramVectors)("$hex", ({ hex, message }) => {
  const whole = Buffer.from(hex, "hex");
  const headerBytes = whole.byteLength - message.payload.byteLength;
  test("is written and read as in the reference", () => {
    expect(Buffer.from(encodeDatagram(message) ?? []).toString("hex")).toBe(hex);
    expect(decodeDatagram(Uint8Array.from(whole))).toEqual(message);
  });
  test("cut inside its numbers it is refused, cut or extended behind them it has another payload", () => {
    for (let cut = 0; cut < headerBytes; cut++) expect(() => decodeDatagram(whole.subarray(0, cut))).toThrow(thrown("decode"));
    for (let cut = headerBytes; cut <= whole.byteLength; cut++)
      expect(decodeDatagram(whole.subarray(0, cut)).payload.byteLength).toBe(cut - headerBytes);
    expect(decodeDatagram(Uint8Array.of(...whole, 0)).payload.byteLength).toBe(message.payload.byteLength + 1);
  });
});

describe("limits", () => {
  const withPayload = (bytes: number): Parameters<typeof encodeDatagram>[0] => ({
    subscribe: 1n,
    sequence: 2,
    timestamp: 3,
    payload: new Uint8Array(bytes),
  });
  test("1200 bytes are sent, 1201 are not", () => {
    expect(encodeDatagram(withPayload(1197))?.byteLength).toBe(1200);
    expect(encodeDatagram(withPayload(1198))).toBeUndefined();
  });
  test("65535 bytes are read, as released peers may send them, one more is refused", () => {
    const bytes = Uint8Array.of(1, 2, 3, ...new Uint8Array(65_533));
    expect(decodeDatagram(bytes.subarray(0, 65_535)).payload.byteLength).toBe(65_532);
    expect(() => decodeDatagram(bytes)).toThrow(thrown("bounds_exceeded"));
  });
  test.each([
    ["a sequence", "01c0200000000000000300"],
    ["a timestamp", "0101c02000000000000000"],
  ])("%s of 2^53 is refused", (_, hex) => {
    expect(() => decodeDatagram(Buffer.from(hex, "hex"))).toThrow(thrown("bounds_exceeded"));
  });
});

test("whatever is written is read again", () => {
  const safe = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const any = fc.record({
    subscribe: fc.bigInt({ min: 0n, max: (1n << 62n) - 1n }),
    sequence: safe,
    timestamp: safe,
    payload: fc.uint8Array({ maxLength: 1176 }),
  });
  fc.assert(
    fc.property(any, (message) => {
      expect(decodeDatagram(encodeDatagram(message) as Uint8Array)).toEqual(message);
    }),
    { numRuns: 300 },
  );
});
