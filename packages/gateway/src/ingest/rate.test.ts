import { expect, test } from "vitest";
import { Bucket, Buckets, networkOf } from "./rate.ts";

test("a bucket gives its burst at once and its rate in the long run", () => {
  const bucket = new Bucket(2, 5, 0);
  expect(Array.from({ length: 7 }, () => bucket.take(0))).toEqual([true, true, true, true, true, false, false]);
  expect([bucket.take(499), bucket.take(500), bucket.take(501)]).toEqual([false, true, false]);
});

test("buckets are held for so many keys, the longest unused makes room", () => {
  const buckets = new Buckets(2, (nowMs) => new Bucket(0, 1, nowMs));
  expect([buckets.take("a", 0), buckets.take("a", 0), buckets.take("b", 0), buckets.take("c", 0)]).toEqual([true, false, true, true]);
  expect([buckets.take("c", 0), buckets.take("a", 0)]).toEqual([false, true]);
});

test("a key that is asked for is never let go, however many others come", () => {
  const buckets = new Buckets(10, (nowMs) => new Bucket(0, 1, nowMs));
  expect(buckets.take("kept", 0)).toBe(true);
  for (let other = 0; other < 1_000; other += 1) {
    buckets.take(`other ${other}`, 0);
    expect(buckets.take("kept", 0)).toBe(false);
  }
});

test.each([
  ["127.0.0.1", undefined],
  ["::1", undefined],
  ["::ffff:127.0.0.1", undefined],
  ["192.0.2.17", "192.0.2"],
  ["::ffff:192.0.2.99", "192.0.2"],
  ["2001:db8:1:22ff:3:4:5:6", "2001:db8:1:22"],
  ["2001:db8:1:22aa::1", "2001:db8:1:22"],
  ["2001:db8::1", "2001:db8:0:0"],
])("the network of %s is %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
