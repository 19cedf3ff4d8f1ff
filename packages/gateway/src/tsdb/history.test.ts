import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { History } from "./history.ts";
import { coarseKeptMs, fineKeptMs, HistoryStore } from "./history-store.ts";
import { Labels } from "./labels.ts";
import { matcher } from "./matcher.ts";
import { stale, storable } from "./sample.ts";

const startMs = 1_700_000_000_000;
const named = (name: string, more: Readonly<Record<string, string>> = {}): Labels => Labels.of({ __name__: name, ...more });

function samples(series: History, fromMs = 0, toMs = Number.POSITIVE_INFINITY): [number, number][] {
  const list = series.read(fromMs, toMs);
  return Array.from({ length: list.size }, (_, at) => [((list.times[at] ?? 0) - startMs) / 1000, list.values[at] ?? 0]);
}

describe("a series", () => {
  test("holds the last sample of each second, at the full second", () => {
    const series = new History(named("x"));
    for (const [ms, value] of [
      [0, 1],
      [400, 2],
      [1999, 3],
      [1200, 9],
      [500, 8],
    ] as const)
      series.write(startMs + ms, value);
    expect(samples(series)).toEqual([
      [0, 2],
      [1, 9],
    ]);
  });

  test("gives what lies in (from, to]", () => {
    const series = new History(named("x"));
    for (let second = 0; second < 10; second++) series.write(startMs + second * 1000, second);
    expect(samples(series, startMs + 2000, startMs + 5000).map(([at]) => at)).toEqual([3, 4, 5]);
  });

  test("is thinned to the first sample of ten seconds, with its own time, where seconds are no longer kept", () => {
    const store = new HistoryStore({ memoryBytes: 1e9, series: 10 });
    const series = store.open(named("x"));
    for (let second = 3; second < 7200; second += 7) series?.write(startMs + second * 1000, second);
    store.settle(startMs + 7_200_000);
    const kept = samples(series as History);
    const old = kept.filter(([at]) => at < 7200 - fineKeptMs / 1000 - 180);
    expect(old.slice(0, 4).map(([at]) => at)).toEqual([3, 10, 24, 31]);
    expect(old.every(([at, value]) => at === value && (at - 3) % 7 === 0)).toBe(true);
    expect(kept.filter(([at]) => at >= 7200 - fineKeptMs / 1000)).toHaveLength(Math.floor(7199 / 7) - Math.ceil((7200 - 903) / 7) + 1);
  });

  test("reads as it was written, whatever pauses, ends and returns there were", () => {
    const step = fc.record({
      gap: fc.integer({ min: 1, max: 200 }),
      value: fc.oneof(fc.integer(), fc.double({ noNaN: true })),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const series = new History(named("x"));
        const wanted: [number, number][] = [];
        let second = 0;
        for (const { gap, value, ends } of steps) {
          second += gap + 2;
          series.write(startMs + second * 1000, value);
          wanted.push([second, storable(value)]);
          if (!ends || gap % 5 > 0) continue;
          series.end(startMs + (second + 1) * 1000);
          wanted.push([second + 1, stale]);
        }
        expect(samples(series)).toEqual(wanted);
      }),
    );
  });

  test("ends once, and also where it is thinned", () => {
    const store = new HistoryStore({ memoryBytes: 1e9, series: 10 });
    const series = store.open(named("x"));
    series?.write(startMs, 1);
    series?.end(startMs + 4000);
    series?.end(startMs + 5000);
    expect(samples(series as History)).toEqual([
      [0, 1],
      [4, stale],
    ]);
    series?.write(startMs + 3_600_000, 2);
    store.settle(startMs + 3_600_000);
    expect(samples(series as History)).toEqual([
      [0, 1],
      [10, stale],
      [3600, 2],
    ]);
  });

  test("begins at zero when it was created, unless it has samples since", () => {
    const series = new History(named("x_total"));
    series.begin(startMs + 5000);
    series.write(startMs + 8000, 3);
    series.begin(startMs + 6000);
    series.begin(startMs + 9000);
    expect(samples(series)).toEqual([
      [5, 0],
      [8, 3],
      [9, 0],
    ]);
  });
});

describe("the store", () => {
  const fill = (store: HistoryStore, hours: number, count = 4): void => {
    for (let series = 0; series < count; series++) {
      const made = store.open(named("x", { series: String(series) }));
      for (let second = 0; second < hours * 3600; second += 10) made?.write(startMs + second * 1000, Math.sin(second + series));
    }
    store.settle(startMs + hours * 3_600_000);
  };
  const firstSecond = (store: HistoryStore): number => Math.min(...[...store.all()].flatMap((series) => samples(series)[0]?.[0] ?? []));

  test("forgets what is older than a day, and series that rest so long", () => {
    const dropped: [string, number][] = [];
    const store = new HistoryStore({ memoryBytes: 1e9, series: 10 }, (...what) => dropped.push(what));
    store.open(named("old"))?.write(startMs, 1);
    fill(store, 26);
    expect(firstSecond(store)).toBeGreaterThanOrEqual(26 * 3600 - coarseKeptMs / 1000 - 3600);
    expect(dropped).toContainEqual(["idle", 1]);
    expect(dropped.find(([reason]) => reason === "age")?.[1]).toBeGreaterThanOrEqual(4);
    expect(store.size).toBe(4);
  });

  test("drops the oldest hours of all when memory is short, counts them, and stays within its bound", () => {
    const dropped = new Map<string, number>();
    const memoryBytes = 150_000;
    const store = new HistoryStore({ memoryBytes, series: 10 }, (reason, count) => dropped.set(reason, (dropped.get(reason) ?? 0) + count));
    fill(store, 20);
    expect(store.bytes).toBeLessThanOrEqual(memoryBytes);
    expect(store.bytes).toBeGreaterThan(memoryBytes / 2);
    expect(dropped.get("memory")).toBeGreaterThan(20);
    const first = firstSecond(store);
    expect(first).toBeGreaterThan(3600);
    expect(store.cutMs).toBeLessThanOrEqual(startMs + first * 1000);
    for (const series of store.all()) expect(samples(series).at(-1)?.[0]).toBe(20 * 3600 - 10);
  });

  test("refuses new series where there is no room, and says so", () => {
    const refused: string[] = [];
    const store = new HistoryStore({ memoryBytes: 1e9, series: 1 }, (reason) => refused.push(reason));
    expect(store.open(named("a"))).toBe(store.open(named("a")));
    expect(store.open(named("b"))).toBeUndefined();
    expect(refused).toEqual(["refused"]);
  });

  test("a day of a series that rests takes 14 KB instead of 75", () => {
    const store = new HistoryStore({ memoryBytes: 1e9, series: 10 });
    const series = store.open(named("x"));
    for (let second = 0; second < 86_400; second += 10) series?.write(startMs + second * 1000, 5);
    store.settle(startMs + 86_400_000);
    expect(store.bytes).toBeLessThan(14_000);
  });

  test("finds series by their labels, in their order", () => {
    const store = new HistoryStore({ memoryBytes: 1e9, series: 10 });
    for (const name of ["b", "a"]) for (const job of ["y", "x"]) store.open(named(name, { job }));
    const found = (...matchers: Parameters<typeof matcher>[]): string[] =>
      store.select(matchers.map((each) => matcher(...each))).map(({ labels }) => `${labels.name} ${labels.get("job")}`);
    expect(found(["__name__", "=", "a"])).toEqual(["a x", "a y"]);
    expect(found(["job", "=~", "x|z"])).toEqual(["a x", "b x"]);
    expect(found(["job", "!~", "x.*"], ["other", "=", ""])).toEqual(["a y", "b y"]);
    expect(found(["other", "!=", ""])).toEqual([]);
  });
});
