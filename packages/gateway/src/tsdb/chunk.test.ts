import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "./chunk.ts";
import { absent, stale } from "./sample.ts";

const slots = 20;
const round = (values: Float64Array): Float64Array => {
  const out = new Float64Array(values.length);
  decode(encode(values), out);
  return out;
};
const of = (...values: number[]): Float64Array => Float64Array.from({ length: slots }, (_, slot) => values[slot % values.length] ?? absent);

describe("a sealed stretch", () => {
  test("loses no bit, whatever it holds", () => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: -200, max: 200 }) },
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(absent, stale, Number.NaN, -0, Number.POSITIVE_INFINITY, 2 ** 53),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: slots, maxLength: slots }), (values) => {
        const given = Float64Array.from(values);
        const back = round(given);
        for (let slot = 0; slot < slots; slot++) expect(Object.is(back[slot], given[slot])).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["flat", of(7), undefined],
    ["flat", of(stale), undefined],
    ["delta", of(1000, 1126, absent, stale), 1],
    ["delta", of(0, 127), 2],
    ["delta", of(0, 32_767), 4],
    ["raw", of(0.5, 1), undefined],
    ["raw", of(0, 2 ** 40), undefined],
  ])("is %s where that is enough", (kind, values, width) => {
    const body = encode(values);
    expect(body.kind).toBe(kind);
    if (body.kind === "delta") expect(body.deltas.BYTES_PER_ELEMENT).toBe(width);
  });
});
