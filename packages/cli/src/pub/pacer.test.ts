import type { Clock } from "@moqscope/lite";
import { FakeClock } from "@moqscope/lite/testing";
import { describe, expect, it } from "vitest";
import { drive } from "../testing/drive.ts";
import { Pacer, sleep } from "./pacer.ts";

describe("pacing", () => {
  it("lets the first frame go at once, whatever its time is, and each other one when it is due", async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock);
    const sent: number[] = [];
    const work = (async () => {
      for (const us of [7_000_000, 7_033_000, 7_033_000, 7_100_000]) {
        await pacer.until(us);
        sent.push(clock.now());
      }
    })();
    await drive(clock, work, 1);
    expect(sent).toEqual([0, 33, 33, 100]);
  });
  it("does not drift, although every timer is late", async () => {
    const clock = new FakeClock();
    const late: Clock = { now: () => clock.now(), after: (delayMs, callback) => clock.after(delayMs + 4, callback) };
    const pacer = new Pacer(late);
    const work = (async () => {
      for (let frame = 0; frame <= 90; frame++) await pacer.until((frame * 1_000_000) / 30);
      return clock.now();
    })();
    expect(await drive(clock, work, 1000)).toBe(3004);
  });
  it("catches up after a short hold-up, and goes on from now after a long one", async () => {
    const clock = new FakeClock();
    const pauses: number[] = [];
    const pacer = new Pacer(clock, (pauseMs) => pauses.push(pauseMs));
    await pacer.until(0);
    await clock.advance(900);
    await pacer.until(500_000);
    expect([clock.now(), pauses]).toEqual([900, []]);
    await clock.advance(60_000);
    await pacer.until(1_000_000);
    expect(pauses).toEqual([59_900]);
    const next = pacer.until(1_040_000);
    await drive(clock, next, 1);
    expect(clock.now()).toBe(60_940);
  });
  it("stops with the signal's reason, before and while it waits, and leaves no timer", async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock);
    await pacer.until(0);
    const stop = new AbortController();
    const waiting = pacer.until(1_000_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(pacer.until(2_000_000, stop.signal)).rejects.toThrow("enough");
    await expect(sleep(clock, 5, stop.signal)).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });
});
