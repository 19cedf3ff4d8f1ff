import { expect, it, vi } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { type Polled, poll, valueOf } from "./poll.ts";

/** Lets every promise that is already resolved run its course. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

it("asks again after each answer, keeps the last one through a failure, and stops when told", async () => {
  const clock = new FakeClock();
  const states: Polled<number>[] = [];
  const load = vi.fn<(signal: AbortSignal) => Promise<number>>().mockResolvedValueOnce(1).mockRejectedValueOnce(new Error("HTTP 500"));
  load.mockResolvedValue(3);
  const stop = poll({ load, intervalMs: 1_000, clock, onState: (state) => states.push(state) });
  await settled();
  clock.advance(1_000);
  await settled();
  clock.advance(1_000);
  await settled();
  expect(states).toEqual([
    { kind: "loading" },
    { kind: "ok", value: 1 },
    { kind: "failed", message: "HTTP 500", value: 1 },
    { kind: "ok", value: 3 },
  ]);
  stop();
  clock.advance(10_000);
  await settled();
  expect(load).toHaveBeenCalledTimes(3);
  expect(clock.pending).toBe(0);
});

it("tells nothing of an answer that arrives after it was stopped", async () => {
  const states: Polled<number>[] = [];
  const stop = poll({ load: () => Promise.resolve(1), intervalMs: 1_000, clock: new FakeClock(), onState: (state) => states.push(state) });
  stop();
  await settled();
  expect(states).toEqual([{ kind: "loading" }]);
});

it("has no value before the first answer", () => {
  expect(valueOf({ kind: "loading" })).toBeNull();
  expect(valueOf({ kind: "failed", message: "", value: 2 })).toBe(2);
});
