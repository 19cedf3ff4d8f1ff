import { expect, test } from "vitest";
import { Cadence, type Gap } from "./cadence.ts";

function gapsOf(gapsMs: readonly number[], cadence: Cadence = new Cadence()): (Gap | undefined)[] {
  let nowMs = 1000;
  const told = [cadence.presented(nowMs)];
  for (const ms of gapsMs) told.push(cadence.presented((nowMs += ms)));
  return told.slice(1);
}
const freezes = (gapsMs: readonly number[]): number[] => gapsOf(gapsMs).flatMap((gap) => (gap?.isFreeze ? [Math.round(gap.ms)] : []));
const steady = Array.from({ length: 40 }, () => 40);

test("a gap is a freeze from the mean and 150 ms on, where that is more than three times the mean", () => {
  expect(freezes([...steady, 189])).toEqual([]);
  expect(freezes([...steady, 190])).toEqual([190]);
});
test("a gap is a freeze from three times the mean on, where that is more than 150 ms above it", () => {
  const slow = steady.map(() => 200);
  expect(freezes([...slow, 599])).toEqual([]);
  expect(freezes([...slow, 600])).toEqual([600]);
});
test("a gap above 5 s is a pause", () => {
  expect(freezes([...steady, 5000])).toEqual([5000]);
  expect(freezes([...steady, 5001])).toEqual([]);
});
test("the mean is that of the last 30 gaps, the freeze itself among those of the next", () => {
  // 29 of 40 ms and one of 1000 ms: mean 72 ms, 222 ms to the next freeze
  expect(freezes([...steady, 1000, 221])).toEqual([1000]);
  expect(freezes([...steady, 1000, 222])).toEqual([1000, 222]);
  expect(freezes([...steady, 1000, ...steady.slice(0, 30), 190])).toEqual([1000, 190]);
});
test("no gap goes over an interruption, and the first one of all is no freeze", () => {
  const cadence = new Cadence();
  gapsOf(steady, cadence);
  cadence.interrupt();
  expect(cadence.presented(90_000)).toBeUndefined();
  expect(cadence.presented(90_040)).toEqual({ ms: 40, isFreeze: false });
  expect(freezes([4000])).toEqual([]);
});
