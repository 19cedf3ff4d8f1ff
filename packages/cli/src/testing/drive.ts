import type { FakeClock } from "@moqscope/lite/testing";

/** Moves the clock step by step until the condition holds or the work is done; fails after ten minutes of its time. */
export async function drive<T>(clock: FakeClock, work: Promise<T>, stepMs = 10): Promise<T> {
  let done = false;
  const mark = () => {
    done = true;
  };
  work.then(mark, mark);
  await driveUntil(clock, () => done, stepMs);
  return work;
}
export async function driveUntil(clock: FakeClock, holds: () => boolean, stepMs = 10): Promise<void> {
  const endMs = clock.now() + 600_000;
  while (!holds()) {
    if (clock.now() > endMs) throw new Error("not within ten minutes of the clock");
    await clock.advance(stepMs);
  }
}
