import { expect, it } from "vitest";
import { Headroom } from "./headroom.ts";

/** Everything is decoded this early for so long. */
function calm(headroom: Headroom, fromMs: number, forMs: number, earlyMs: () => number): number {
  let down = 0;
  for (let now = fromMs; now < fromMs + forMs; now += 100) {
    headroom.observe(earlyMs(), now);
    down += headroom.relax(now);
  }
  return down;
}
it("grows by what was late, and a margin, up to 1 s", () => {
  const headroom = new Headroom(200);
  headroom.observe(-100, 0);
  expect(headroom.grow(0)).toBe(180);
  expect(headroom.targetMs).toBe(380);
  headroom.observe(70, 100);
  headroom.grow(100);
  expect(headroom.targetMs).toBe(440);
  for (let now = 200; now < 2000; now += 100) {
    headroom.observe(-5000, now);
    headroom.grow(now);
  }
  expect(headroom.targetMs).toBe(1000);
  expect(headroom.grow(2000)).toBe(0);
});
it("never adds to a latency that was asked to be longer", () => {
  const headroom = new Headroom(2000);
  headroom.observe(-500, 0);
  expect([headroom.grow(0), headroom.targetMs]).toEqual([0, 2000]);
});
it("comes back in small steps once all was early for 20 s, to what was asked for and no further", () => {
  const headroom = new Headroom(200);
  headroom.observe(-100, 0);
  headroom.grow(0);
  const early = () => headroom.targetMs - 60;
  expect(calm(headroom, 100, 19_800, early)).toBe(0);
  expect(calm(headroom, 20_000, 200, early)).toBe(50);
  calm(headroom, 20_200, 60_000, early);
  expect(headroom.targetMs).toBe(200);
});
it("keeps what the machine still needs", () => {
  const headroom = new Headroom(200);
  headroom.observe(-200, 0);
  headroom.grow(0);
  calm(headroom, 100, 120_000, () => headroom.targetMs - 300);
  expect(headroom.targetMs).toBeGreaterThanOrEqual(370);
  headroom.floorMs = 100;
  expect(headroom.targetMs).toBe(100);
});
