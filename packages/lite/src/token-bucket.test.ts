import { expect, test } from "vitest";
import { FakeClock } from "./testing/fake-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

const taken = (bucket: TokenBucket, perSecond: number): number => {
  let count = 0;
  while (count < 1000 && bucket.take(perSecond)) count++;
  return count;
};

test("ten seconds may be saved up, and then the rate holds", async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 5);
  expect([taken(bucket, 5), bucket.isFull(5)]).toEqual([50, false]);
  await clock.advance(1000);
  expect(taken(bucket, 5)).toBe(5);
  await clock.advance(100_000);
  expect([bucket.isFull(5), taken(bucket, 5)]).toEqual([true, 50]);
});

test("another rate counts from then on, and no bound is none", async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, 5);
  expect(taken(bucket, 1)).toBe(10);
  await clock.advance(1000);
  expect(taken(bucket, 1)).toBe(1);
  expect(taken(bucket, Number.POSITIVE_INFINITY)).toBe(1000);
});
