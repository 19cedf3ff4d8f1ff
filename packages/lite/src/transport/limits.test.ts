import { expect, test } from "vitest";
import { defaultTransportLimits, transportLimits } from "./limits.ts";

test("a thousand transports that are given the same limits hold one object, and each other one its own", () => {
  const given = { recordBytes: 20_000 };
  const made = transportLimits(given);
  expect(made).toEqual({ ...defaultTransportLimits, recordBytes: 20_000 });
  expect(transportLimits(given)).toBe(made);
  expect(transportLimits({ recordBytes: 20_000 })).not.toBe(made);
  expect(transportLimits(undefined)).toBe(defaultTransportLimits);
});
