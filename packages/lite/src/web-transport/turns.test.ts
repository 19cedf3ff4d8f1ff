import { expect, test } from "vitest";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import { type Turn, Turns } from "./turns.ts";

/** Streams whose pieces are taken when the test says so; each step is written down. */
function rig(): {
  readonly clock: FakeClock;
  readonly steps: string[];
  readonly add: (
    name: string,
    turn: { readonly priority: number; readonly pieces: number },
  ) => { readonly take: () => Promise<void>; readonly wake: () => void };
} {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  const steps: string[] = [];
  let order = 0;
  return {
    clock,
    steps,
    add(name, { priority, pieces }) {
      let left = pieces;
      let taken = (): void => {};
      const turn: Turn = {
        priority,
        order: order++,
        get waiting() {
          return left > 0;
        },
        step() {
          steps.push(name);
          left--;
          return new Promise((resolve) => {
            taken = resolve;
          });
        },
      };
      return {
        wake: () => turns.wake(turn),
        take: async () => {
          taken();
          await settle();
        },
      };
    },
  };
}

test("while a stream's piece is not taken, nobody behind it hands one over; whoever is ahead does at once", async () => {
  const { steps, add } = rig();
  const [low, high, higher] = [
    add("low", { priority: 1, pieces: 1 }),
    add("high", { priority: 2, pieces: 2 }),
    add("higher", { priority: 3, pieces: 1 }),
  ];
  high.wake();
  low.wake();
  expect(steps).toEqual(["high"]);
  higher.wake();
  expect(steps).toEqual(["high", "higher"]);
  await higher.take();
  await high.take();
  expect(steps).toEqual(["high", "higher", "high"]);
  await high.take();
  expect(steps).toEqual(["high", "higher", "high", "low"]);
});
test("of equal priorities the one that was opened first goes first", async () => {
  const { steps, add } = rig();
  const [first, second] = [add("first", { priority: 1, pieces: 2 }), add("second", { priority: 1, pieces: 1 })];
  first.wake();
  second.wake();
  await first.take();
  expect(steps).toEqual(["first", "first"]);
  await first.take();
  expect(steps).toEqual(["first", "first", "second"]);
});
test("a stream whose piece is not taken for 100 ms holds back nobody, and one that follows it holds back the rest in its place", async () => {
  const { clock, steps, add } = rig();
  const streams = ["stuck", "next", "last"].map((name, i) => add(name, { priority: 9 - i, pieces: 2 }));
  for (const stream of streams) stream.wake();
  await clock.advance(99);
  expect(steps).toEqual(["stuck"]);
  await clock.advance(1);
  expect(steps).toEqual(["stuck", "next"]);
  await clock.advance(99);
  expect(steps).toEqual(["stuck", "next"]);
  await clock.advance(1);
  expect(steps).toEqual(["stuck", "next", "last"]);
});
