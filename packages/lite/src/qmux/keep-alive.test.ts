import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { KeepAlive } from "./keep-alive.ts";

function make(clock: FakeClock, answer: (keepAlive: KeepAlive) => void): { readonly keepAlive: KeepAlive; readonly dead: number[] } {
  const dead: number[] = [];
  const keepAlive: KeepAlive = new KeepAlive({
    clock,
    sendPing: () => answer(keepAlive),
    dead: (afterMs) => {
      dead.push(afterMs);
      keepAlive.stop();
    },
  });
  keepAlive.watchIdle(30_000);
  return { keepAlive, dead };
}

test("a peer that answers lives, and its round trip is smoothed", async () => {
  const clock = new FakeClock();
  let delayMs = 80;
  const { keepAlive, dead } = make(clock, (it) => void clock.after(delayMs, () => it.ponged()));
  await clock.advance(12_000);
  expect(keepAlive.rttMs).toBe(80);
  delayMs = 160;
  await clock.advance(10_000);
  expect(keepAlive.rttMs).toBe(90);
  await clock.advance(600_000);
  expect(dead).toEqual([]);
  keepAlive.stop();
});
test("a peer that answers nothing is dead after the idle timeout", async () => {
  const clock = new FakeClock();
  const { dead } = make(clock, () => {});
  await clock.advance(29_000);
  expect(dead).toEqual([]);
  await clock.advance(6000);
  expect(dead).toHaveLength(1);
});
test("a page whose timers were held back for minutes asks before it takes the peer for dead", async () => {
  const clock = new FakeClock();
  const held: (() => void)[] = [];
  const slow = { now: () => clock.now(), after: (_: number, callback: () => void) => (held.push(callback), () => {}) };
  const dead: number[] = [];
  const keepAlive: KeepAlive = new KeepAlive({ clock: slow, sendPing: () => keepAlive.ponged(), dead: (ms) => dead.push(ms) });
  keepAlive.watchIdle(30_000);
  for (let minute = 0; minute < 5; minute++) {
    await clock.advance(60_000);
    for (const callback of held.splice(0)) callback();
  }
  expect(dead).toEqual([]);
});
test("a socket that can ping is pinged every interval and dead after its timeout", async () => {
  const clock = new FakeClock();
  let pings = 0;
  const dead: number[] = [];
  const keepAlive: KeepAlive = new KeepAlive({
    clock,
    socketPing: { intervalMs: 5000, timeoutMs: 30_000, send: () => pings++ },
    sendPing: () => {},
    dead: (ms) => {
      dead.push(ms);
      keepAlive.stop();
    },
  });
  await clock.advance(29_000);
  expect([pings, dead]).toEqual([5, []]);
  await clock.advance(1000);
  expect(dead).toEqual([30_000]);
  expect(clock.pending).toBe(0);
});
