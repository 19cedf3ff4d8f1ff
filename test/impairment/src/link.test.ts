import { describe, expect, it } from "vitest";
import { dropped, newTally } from "./counters.ts";
import { Link, type LinkKind } from "./link.ts";
import type { LinkSettings } from "./settings.ts";

/** A link under a clock that stands where it is put, and what left it when. */
class Rig {
  readonly link: Link;
  readonly out: { readonly parcel: number; readonly atMs: number }[] = [];
  readonly flow = newTally();
  #nowMs = 0;
  #next: number | undefined;
  #offered = 0;
  constructor(
    settings: Partial<LinkSettings>,
    { kind = "datagrams", seed = 7 }: { readonly kind?: LinkKind; readonly seed?: number } = {},
  ) {
    this.link = new Link(kind, { seed, name: "up" });
    this.link.set(settings, 0);
  }
  offer(count: number, bytes = 1000): void {
    for (let left = count; left > 0; left--) {
      const parcel = this.#offered++;
      const deliver = (): boolean => this.out.push({ parcel, atMs: this.#nowMs }) > 0;
      this.link.offer({ bytes, deliver, flow: this.flow }, this.#nowMs);
    }
    this.#next = this.link.advance(this.#nowMs);
  }
  /** Lets time pass; the link is called exactly when it asked to be. */
  passMs(ms: number): void {
    const end = this.#nowMs + ms;
    while (this.#next !== undefined && this.#next <= end) {
      this.#nowMs = this.#next;
      this.#next = this.link.advance(this.#nowMs);
    }
    this.#nowMs = end;
  }
  set(change: Partial<LinkSettings>): void {
    this.link.set(change, this.#nowMs);
    this.#next = this.link.advance(this.#nowMs);
  }
  get order(): number[] {
    return this.out.map(({ parcel }) => parcel);
  }
}
/** Which of the parcels never came out. */
function missing(rig: Rig, count: number): number[] {
  const out = new Set(rig.order);
  return Array.from({ length: count }, (_, parcel) => parcel).filter((parcel) => !out.has(parcel));
}
/** Lengths of the runs of consecutive numbers. */
function runs(numbers: readonly number[]): number[] {
  const lengths: number[] = [];
  for (const [at, number] of numbers.entries()) {
    if (at > 0 && number === (numbers[at - 1] ?? 0) + 1) lengths.push((lengths.pop() ?? 0) + 1);
    else lengths.push(1);
  }
  return lengths;
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("a link", () => {
  it("without settings passes everything at once and in order", () => {
    const rig = new Rig({});
    rig.offer(3);
    expect(rig.out).toEqual([0, 1, 2].map((parcel) => ({ parcel, atMs: 0 })));
    expect(rig.link.counters).toMatchObject({ offered: 3, offeredBytes: 3000, passed: 3, passedBytes: 3000, delayed: 0, waiting: 0 });
  });

  it("delays everything by its delay, and what is on its way keeps the delay it began with", () => {
    const rig = new Rig({ delayMs: 50 });
    rig.offer(1);
    rig.passMs(20);
    expect(rig.link.counters).toMatchObject({ passed: 0, waiting: 1, waitingBytes: 1000 });
    rig.set({ delayMs: 200 });
    rig.offer(1);
    rig.passMs(500);
    expect(rig.out).toEqual([
      { parcel: 0, atMs: 50 },
      { parcel: 1, atMs: 220 },
    ]);
    expect(rig.link.counters).toMatchObject({ passed: 2, delayed: 2, heldMs: 250, longestHeldMs: 200, waiting: 0 });
  });

  it("spreads delays evenly over the jitter and keeps the order", () => {
    const rig = new Rig({ delayMs: 50, jitterMs: 10 });
    for (let sent = 0; sent < 500; sent++) {
      rig.offer(1);
      rig.passMs(100);
    }
    const delays = rig.out.map(({ atMs }, at) => atMs - at * 100);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60);
    expect(mean(delays)).toBeCloseTo(50, 0);
    expect(delays.filter((delay) => delay < 45).length / 500).toBeCloseTo(0.25, 1);
    const dense = new Rig({ delayMs: 50, jitterMs: 40 });
    for (let sent = 0; sent < 500; sent++) {
      dense.offer(1);
      dense.passMs(1);
    }
    dense.passMs(200);
    expect(dense.order).toEqual(Array.from({ length: 500 }, (_, parcel) => parcel));
    expect(dense.link.counters.reordered).toBe(0);
  });

  it("loses exactly the datagrams of its seed, whatever the delay", () => {
    const pattern = (settings: Partial<LinkSettings>, seed: number): number[] => {
      const rig = new Rig({ loss: 0.05, ...settings }, { seed });
      rig.offer(200);
      rig.passMs(1000);
      expect(rig.link.counters.lost).toBe(missing(rig, 200).length);
      return missing(rig, 200);
    };
    expect(pattern({}, 7)).toEqual(LOSS_7);
    expect(pattern({ delayMs: 30, jitterMs: 20, duplicate: 0.1, reorder: 0.1 }, 7)).toEqual(LOSS_7);
    expect(pattern({}, 8)).not.toEqual(LOSS_7);
  });

  it("goes on with the sequence of its seed after a time without loss", () => {
    const rig = new Rig({ loss: 0.05 });
    rig.offer(60);
    rig.set({ loss: 0 });
    rig.offer(60);
    rig.set({ loss: 0.05 });
    rig.offer(80);
    expect(missing(rig, 200)).toEqual(LOSS_7.filter((parcel) => parcel < 60 || parcel >= 120));
  });

  it.each([0.01, 0.05])("loses a share of %f over a long time, each for itself", (loss) => {
    const rig = new Rig({ loss });
    rig.offer(100_000, 100);
    const share = rig.link.counters.lost / 100_000;
    expect(Math.abs(share / loss - 1)).toBeLessThan(0.1);
    expect(mean(runs(missing(rig, 100_000)))).toBeLessThan(1.15);
  });

  it.each([
    { loss: 0.05, lossBurst: 8, lossInBurst: 1 },
    { loss: 0.05, lossBurst: 20, lossInBurst: 0.5 },
  ])("loses in bursts: $loss of all in spells of $lossBurst of which $lossInBurst is lost", (settings) => {
    const rig = new Rig(settings);
    rig.offer(200_000, 100);
    expect(Math.abs(rig.link.counters.lost / 200_000 / settings.loss - 1)).toBeLessThan(0.1);
    const length = mean(runs(missing(rig, 200_000)));
    if (settings.lossInBurst === 1) expect(Math.abs(length / settings.lossBurst - 1)).toBeLessThan(0.1);
    else expect(length).toBeGreaterThan(1.7);
  });

  it("keeps a rate to the bit, after what the bucket lets go at once", () => {
    const rig = new Rig({ rateBps: 800_000, burstBytes: 2000 });
    rig.offer(12);
    rig.passMs(1000);
    // 1000 bytes take 10 ms; two find the bucket full.
    expect(rig.out.map(({ atMs }) => atMs)).toEqual([0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(rig.link.counters).toMatchObject({ delayed: 10, longestHeldMs: 100 });
    rig.offer(3);
    rig.passMs(100);
    expect(rig.out.slice(12).map(({ atMs }) => atMs)).toEqual([1000, 1000, 1010]);
  });

  it("keeps the rate when it is looked at late", () => {
    const rig = new Rig({ rateBps: 800_000, burstBytes: 1000 });
    rig.offer(100);
    rig.link.advance(505);
    expect(rig.link.counters.passed).toBe(51);
  });

  it("drops what finds the queue full, and counts it", () => {
    const rig = new Rig({ rateBps: 800_000, burstBytes: 1000, queueBytes: 5000 });
    rig.offer(10);
    rig.passMs(1000);
    expect(rig.order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rig.link.counters).toMatchObject({ offered: 10, passed: 6, overflowed: 4, longestHeldMs: 50 });
  });

  it("lets what waits go at another rate from its change on, and at once without one", () => {
    const rig = new Rig({ rateBps: 800_000, burstBytes: 1000 });
    rig.offer(6);
    rig.passMs(15);
    rig.set({ rateBps: 8_000_000 });
    rig.passMs(1);
    expect(rig.order).toEqual([0, 1, 2, 3]);
    rig.set({ rateBps: 0 });
    expect(rig.order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("swallows what comes and what is under way while it is a black hole, and counts it", () => {
    const rig = new Rig({ delayMs: 10, rateBps: 800_000, burstBytes: 1000 });
    rig.offer(3);
    rig.set({ blackhole: true });
    rig.offer(4);
    rig.passMs(100);
    rig.set({ blackhole: false });
    rig.offer(1);
    rig.passMs(100);
    expect(rig.order).toEqual([7]);
    expect(rig.link.counters).toMatchObject({ offered: 8, blackholed: 7, passed: 1, waiting: 0, waitingBytes: 0 });
    expect(dropped(rig.link.counters)).toBe(7);
  });

  it("holds back some so that later ones overtake, and counts those that came out late", () => {
    const rig = new Rig({ delayMs: 10, reorder: 0.1, reorderMs: 5 });
    for (let sent = 0; sent < 100; sent++) {
      rig.offer(1);
      rig.passMs(1);
    }
    rig.passMs(100);
    const late = rig.order.filter((parcel, at) => rig.order.slice(0, at).some((before) => before > parcel));
    expect(late).toEqual(REORDERED_7);
    expect(rig.link.counters).toMatchObject({ passed: 100, reordered: late.length });
  });

  it("sends some twice, and counts the copies", () => {
    const rig = new Rig({ duplicate: 0.1 });
    rig.offer(100);
    const twice = rig.order.filter((parcel, at) => rig.order.indexOf(parcel) < at);
    expect(twice).toEqual(DUPLICATED_7);
    expect(rig.link.counters).toMatchObject({ offered: 100, passed: 100 + twice.length, duplicated: twice.length });
  });

  it("of a stream loses, doubles and reorders nothing, and holds everything while it is a black hole", () => {
    const rig = new Rig({ loss: 0.5, duplicate: 0.5, reorder: 0.5, delayMs: 5, queueBytes: 0, rateBps: 8_000_000 }, { kind: "stream" });
    rig.offer(50);
    rig.passMs(20);
    const before = rig.out.length;
    rig.set({ blackhole: true });
    rig.offer(50);
    rig.passMs(1000);
    expect([before > 0, rig.out.length]).toEqual([true, before]);
    rig.set({ blackhole: false });
    rig.passMs(1000);
    expect(rig.order).toEqual(Array.from({ length: 100 }, (_, parcel) => parcel));
  });

  it("accounts for every datagram of a flow as for those of the link", () => {
    const all: Partial<LinkSettings> = {
      loss: 0.1,
      duplicate: 0.1,
      reorder: 0.1,
      rateBps: 1_000_000,
      queueBytes: 8000,
      delayMs: 20,
      jitterMs: 5,
    };
    const rig = new Rig(all);
    for (let sent = 0; sent < 300; sent++) {
      rig.offer(1);
      rig.passMs(6);
    }
    rig.passMs(1000);
    const counters = rig.link.counters;
    expect(counters.offered + counters.duplicated).toBe(counters.passed + dropped(counters));
    expect([counters.lost, counters.overflowed, counters.duplicated, counters.reordered].every((count) => count > 0)).toBe(true);
    expect(rig.flow).toEqual(counters);
  });

  it.each([
    [{ delayMs: -1 }, "delayMs is -1, which is no number from 0 to 60000"],
    [{ loss: Number.NaN }, "loss is null, which is no number from 0 to 1"],
    [{ blackhole: 1 }, "blackhole is 1, which is neither true nor false"],
    [{ latency: 5 }, 'there is no setting "latency"'],
    [{ loss: 0.5, lossBurst: 4, lossInBurst: 0.4 }, "loss 0.5 cannot come of bursts in which 0.4 is lost"],
  ])("refuses %j", (change, message) => {
    const rig = new Rig({ delayMs: 5 });
    expect(() => rig.set(change as Partial<LinkSettings>)).toThrow(message);
    expect(rig.link.settings.delayMs).toBe(5);
  });
});

/** What seed 7 comes to: another order of draws, or another generator, fails here. */
const LOSS_7: readonly number[] = [3, 23, 27, 31, 33, 34, 36, 47, 61, 110, 126, 170, 183, 186];
const REORDERED_7: readonly number[] = [4, 8, 10, 26, 47, 49, 66, 71, 87, 88, 89, 98];
const DUPLICATED_7: readonly number[] = [3, 7, 8, 12, 28, 55, 61, 71];
