import { expect, it } from "vitest";
import { SteadyClock } from "./steady-clock.ts";

/** Reads a source that moves in steps of `stepMs`, every 5 ms from 0. */
function readings(stepMs: number, untilMs: number, source = (nowMs: number) => nowMs): number[] {
  const clock = new SteadyClock();
  return Array.from({ length: untilMs / 5 }, (_, index) => clock.read(Math.floor(source(index * 5) / stepMs) * stepMs, index * 5));
}
const steps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

it.each([3, 10, 46])("goes on evenly though its source moves in steps of %i ms", (stepMs) => {
  const times = readings(stepMs, 5000);
  for (const step of steps(times).slice(400)) expect(Math.abs(step - 5)).toBeLessThan(0.1);
  expect(times.at(-1)).toBeGreaterThan(4995 - 5 - stepMs);
});
it("follows a source that is faster or slower than the machine", () => {
  for (const rate of [0.998, 1.002]) {
    const last = readings(10, 60_000, (nowMs) => nowMs * rate).at(-1) ?? 0;
    expect(Math.abs(last - 59_995 * rate)).toBeLessThan(20);
  }
});
it("stands with a source that stands, and never goes back", () => {
  const times = readings(10, 3000, (nowMs) => (nowMs < 1000 ? nowMs : Math.max(1000, nowMs - 800)));
  expect(Math.min(...steps(times))).toBeGreaterThanOrEqual(0);
  expect(times[340]).toBeLessThanOrEqual(1100);
  expect(Math.abs((times.at(-1) ?? 0) - 2195)).toBeLessThan(20);
});
