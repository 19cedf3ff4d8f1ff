import { FakeClock } from "@moqscope/lite/testing";
import { expect, test } from "vitest";
import { TraceAdmission } from "./trace-admission.ts";

const parent = (index: number) => ({ traceId: index.toString(16).padStart(32, "0"), spanId: "1".repeat(16) });
/** How many of so many that ask at once are traced. */
function granted(admission: TraceAdmission, count: number): number {
  return Array.from({ length: count }, (_, index) => admission.admit(parent(index * 2 ** 40))).filter(({ sampled }) => sampled !== false)
    .length;
}

test("five sessions a second that ask for it are traced, whatever the ratio", async () => {
  const clock = new FakeClock();
  const admission = new TraceAdmission(clock, 0);
  expect(granted(admission, 100)).toBe(5);
  await clock.advance(999);
  expect(granted(admission, 100)).toBe(0);
  await clock.advance(1);
  expect(granted(admission, 100)).toBe(5);
});

test("of those beyond, the ratio decides, by the trace id", () => {
  const admission = new TraceAdmission(new FakeClock(), 0.25);
  expect(granted(admission, 5)).toBe(5);
  expect(granted(admission, 256)).toBe(64);
  expect(granted(admission, 256)).toBe(64);
});

test("who says that it is not traced is not, and takes no place", () => {
  const admission = new TraceAdmission(new FakeClock(), 0);
  for (let index = 0; index < 10; index++) expect(admission.admit({ ...parent(index), sampled: false }).sampled).toBe(false);
  expect(granted(admission, 10)).toBe(5);
});
