import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { Track } from "./track.ts";

test("older groups go by age, by bytes and by number; the latest stays", async () => {
  const clock = new FakeClock();
  const track = new Track({ name: "t", clock, cacheBytes: 1000 });
  const add = (bytes: number): void => {
    const group = track.createGroup();
    group.append({ timestamp: 0, payload: new Uint8Array(bytes) });
    group.finish();
  };
  for (let i = 0; i < 5; i++) add(400);
  expect([0, 1, 2, 3, 4].map((n) => track.get(n) !== undefined)).toEqual([false, false, true, true, true]);
  await clock.advance(5001);
  add(0);
  expect([3, 4, 5].map((n) => track.get(n) !== undefined)).toEqual([false, false, true]);
  for (let i = 0; i < 5000; i++) add(0);
  expect(track.get(6)).toBeUndefined();
  expect(track.get(5005)).toBeDefined();
  expect(track.get(5005 - 4096)).toBeDefined();
});
