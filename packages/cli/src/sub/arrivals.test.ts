import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";

/** Feeds whole groups of `frames` frames, 20 ms apart, each arriving `late` ms after its time. */
function feed(arrivals: Arrivals, groups: readonly number[], frames = 1, late = 0): void {
  for (const group of groups) {
    for (let at = 0; at < frames; at++) {
      const timestampUs = (group * frames + at) * 20_000;
      arrivals.frame({ group, timestampUs, bytes: 10, arrivedMs: 5000 + timestampUs / 1000 + late, live: true });
    }
    arrivals.finished(group);
  }
}

describe("gaps in media time", () => {
  it.each([1, 30])("finds none in what is whole, with %i frames a group", (frames) => {
    const arrivals = new Arrivals();
    feed(arrivals, [0, 1, 2, 3, 4], frames);
    expect(arrivals.gaps).toEqual({ count: 0, ms: 0 });
    expect([arrivals.frames, arrivals.bytes]).toEqual([5 * frames, 50 * frames]);
  });
  it.each([1, 30])("measures what is missing, with %i frames a group", (frames) => {
    const arrivals = new Arrivals();
    feed(arrivals, [0, 1, 4, 5, 7], frames);
    expect(arrivals.gaps).toEqual({ count: 2, ms: 3 * frames * 20 });
  });
  it("does not count a gap that is filled out of order", () => {
    const arrivals = new Arrivals();
    feed(arrivals, [0, 1, 3, 2, 4], 30);
    expect(arrivals.gaps).toEqual({ count: 0, ms: 0 });
  });
  it("keeps counting after the groups are forgotten", () => {
    const arrivals = new Arrivals();
    feed(arrivals, [0, 1, ...Array.from({ length: 300 }, (_, at) => at + 5)], 30);
    expect(arrivals.gaps).toEqual({ count: 1, ms: 1800 });
  });
  it("takes milliseconds of rounding for none", () => {
    const arrivals = new Arrivals();
    for (const [group, ms] of [0, 33, 67, 100, 133, 167].entries()) {
      arrivals.frame({ group, timestampUs: ms * 1000, bytes: 1, arrivedMs: ms, live: true });
      arrivals.finished(group);
    }
    expect(arrivals.gaps.count).toBe(0);
  });
});
describe("delay against the fastest frame", () => {
  it("is absent before a live frame, and not told by what was kept for late joiners", () => {
    const arrivals = new Arrivals();
    arrivals.frame({ group: 0, timestampUs: 0, bytes: 1, arrivedMs: 900, live: false });
    expect(arrivals.delay).toBeUndefined();
  });
  it("does not depend on which frame came first", () => {
    const arrivals = new Arrivals();
    feed(arrivals, [0], 1, 30);
    feed(arrivals, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(arrivals.delay).toEqual({ p50: 0, p95: 30, max: 30 });
  });
  it("stays bounded whatever timestamps a peer sends", () => {
    const arrivals = new Arrivals();
    for (const us of [0, 1e15, 5]) arrivals.frame({ group: us, timestampUs: us, bytes: 1, arrivedMs: 0, live: true });
    expect(arrivals.delay?.max).toBe(60_000);
  });
});
