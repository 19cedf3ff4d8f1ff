import { describe, expect, test } from "vitest";
import { type SmallSeries, smallStore, zeroMs } from "../testing/small-source.ts";
import { instantQuery, rangeQuery } from "./engine.ts";

const counter = (values: readonly (readonly [number, number | "stale"])[], labels: Readonly<Record<string, string>> = {}): SmallSeries => [
  { __name__: "c_total", ...labels },
  values,
];

async function ask(query: string, second: number, ...series: SmallSeries[]): Promise<Record<string, number>> {
  const { result } = await instantQuery(query, smallStore(...series), zeroMs + second * 1000);
  if (result.type === "scalar") return { "": result.value };
  if (result.type === "string") return {};
  return Object.fromEntries(result.series.map(({ labels, points }) => [labels.toString(), points[0]?.[1] ?? Number.NaN]));
}

/** The only value of a result; undefined where there is none. */
async function one(query: string, second: number, ...series: SmallSeries[]): Promise<number | undefined> {
  const values = Object.values(await ask(query, second, ...series));
  expect(values.length).toBeLessThan(2);
  return values[0];
}

describe("an instant selector", () => {
  const series = counter([
    [0, 1],
    [10, 2],
  ]);

  test("gives the newest sample at or before its moment", async () => {
    expect(await one("c_total", 9, series)).toBe(1);
    expect(await one("c_total", 10, series)).toBe(2);
  });

  test("looks back less than five minutes: the border itself is too old", async () => {
    expect(await one("c_total", 309.999, series)).toBe(2);
    expect(await one("c_total", 310, series)).toBeUndefined();
  });

  test("gives nothing after the series has ended, and again when it returns", async () => {
    const ended = counter([
      [0, 1],
      [10, "stale"],
      [20, 3],
    ]);
    expect(await one("c_total", 9, ended)).toBe(1);
    expect(await one("c_total", 15, ended)).toBeUndefined();
    expect(await one("c_total", 20, ended)).toBe(3);
  });

  test("is moved by offset and @", async () => {
    expect(await one("c_total offset 5s", 14, series)).toBe(1);
    expect(await one(`c_total @ ${zeroMs / 1000 + 10}`, 2, series)).toBe(2);
    expect(await one(`c_total @ ${zeroMs / 1000 + 10} offset 1s`, 2, series)).toBe(1);
  });
});

describe("a range selector", () => {
  const tens = counter([0, 10, 20, 30, 40, 50, 60].map((second) => [second, second]));

  test("is left-open: a sample at its start is not in it", async () => {
    expect(await one("count_over_time(c_total[60s])", 60, tens)).toBe(6);
    expect(await one("count_over_time(c_total[60001ms])", 60, tens)).toBe(7);
  });

  test("leaves markers out", async () => {
    const ended = counter([
      [0, 1],
      [10, 5],
      [20, "stale"],
    ]);
    expect(await one("count_over_time(c_total[1m])", 30, ended)).toBe(2);
    expect(await one("last_over_time(c_total[1m])", 30, ended)).toBe(5);
  });
});

describe("rate and increase", () => {
  test("reach to both borders where samples are near them: 5 steps of 10 in 60 s are 60", async () => {
    // samples at 10…60 in (0, 60]: growth 50 over 50 s, 10 s to the start (< 1.1 × 10 s), 0 s to the end
    const series = counter([10, 20, 30, 40, 50, 60].map((second) => [second, 100 + second]));
    expect(await one("increase(c_total[60s])", 60, series)).toBeCloseTo(60, 12);
    expect(await one("rate(c_total[60s])", 60, series)).toBeCloseTo(1, 12);
  });

  test("reach half a step beyond where the series begins or ends inside", async () => {
    // growth 20 over 20 s; both borders are further than 11 s, so 5 s on each side: 20 × 30 / 20
    const series = counter([
      [20, 100],
      [30, 110],
      [40, 120],
    ]);
    expect(await one("increase(c_total[60s])", 60, series)).toBeCloseTo(30, 12);
  });

  test("never reach below zero: a counter that was 2 had begun 2 s before", async () => {
    // growth 20 over 20 s from 2: zero lies 2 s before the first sample; 5 s after the last: 20 × 27 / 20
    const series = counter([
      [20, 2],
      [30, 12],
      [40, 22],
    ]);
    expect(await one("increase(c_total[60s])", 60, series)).toBeCloseTo(27, 12);
    // a gauge may: 20 × 30 / 20
    expect(await one("delta(c_total[60s])", 60, series)).toBeCloseTo(30, 12);
  });

  test("add what was counted before a restart", async () => {
    // 100 → 110, restart, 5 → 15: growth 10 + 5 + 10 = 15 - 100 + 110; borders at 0 s and 10 s of 10 s steps
    const series = counter([
      [10, 100],
      [20, 110],
      [30, 5],
      [40, 15],
    ]);
    expect(await one("increase(c_total[40s])", 40, series)).toBeCloseTo((25 * 40) / 30, 12);
    expect(await one("resets(c_total[40s])", 40, series)).toBe(1);
  });

  test("say nothing of a single sample", async () => {
    expect(await one("rate(c_total[1m])", 60, counter([[50, 7]]))).toBeUndefined();
  });

  test("irate takes the last two samples, after a restart the last one alone", async () => {
    const rising = counter([
      [10, 0],
      [20, 5],
      [24, 7],
    ]);
    expect(await one("irate(c_total[1m])", 30, rising)).toBeCloseTo(0.5, 12);
    const restarted = counter([
      [10, 100],
      [20, 8],
    ]);
    expect(await one("irate(c_total[1m])", 30, restarted)).toBeCloseTo(0.8, 12);
  });
});

describe("histogram_quantile", () => {
  const bucket = (le: string, count: number): SmallSeries => [{ __name__: "h_bucket", le }, [[0, count]]];
  const buckets = [bucket("1", 10), bucket("2", 30), bucket("4", 38), bucket("+Inf", 40)];

  test("is linear inside its bucket, which begins at 0 when it is the lowest", async () => {
    expect(await one("histogram_quantile(0.5, h_bucket)", 0, ...buckets)).toBeCloseTo(1.5, 12);
    expect(await one("histogram_quantile(0.1, h_bucket)", 0, ...buckets)).toBeCloseTo(0.4, 12);
    expect(await one("histogram_quantile(0.95, h_bucket)", 0, ...buckets)).toBeCloseTo(4, 12);
  });

  test("is the highest bound where it lies above, infinite where q is no quantile, NaN without +Inf or observations", async () => {
    expect(await one("histogram_quantile(0.99, h_bucket)", 0, ...buckets)).toBe(4);
    expect(await one("histogram_quantile(1.1, h_bucket)", 0, ...buckets)).toBe(Number.POSITIVE_INFINITY);
    expect(await one("histogram_quantile(-1, h_bucket)", 0, ...buckets)).toBe(Number.NEGATIVE_INFINITY);
    expect(await one("histogram_quantile(0.5, h_bucket)", 0, ...buckets.slice(0, 3))).toBeNaN();
    expect(await one("histogram_quantile(0.5, h_bucket)", 0, bucket("1", 0), bucket("+Inf", 0))).toBeNaN();
  });

  test("adds up a bound spelled in two ways and lifts counts that fall", async () => {
    const twice = [bucket("1", 5), bucket("1.0", 5), bucket("2", 8), bucket("+Inf", 20)];
    expect(await one("histogram_quantile(0.25, h_bucket)", 0, ...twice)).toBeCloseTo(0.5, 12);
    const { infos } = await instantQuery("histogram_quantile(0.25, h_bucket)", smallStore(...twice), zeroMs);
    expect(infos).toEqual(["PromQL info: input to histogram_quantile needed to be fixed for monotonicity (1:26)"]);
  });
});

describe("aggregations", () => {
  const series = [counter([[0, 1]], { a: "x", b: "1" }), counter([[0, 2]], { a: "x", b: "2" }), counter([[0, 6]], { a: "y", b: "1" })];

  test.each<[string, Record<string, number>]>([
    ["sum(c_total)", { "{}": 9 }],
    ["sum by (a) (c_total)", { '{a="x"}': 3, '{a="y"}': 6 }],
    ["sum without (b) (c_total)", { '{a="x"}': 3, '{a="y"}': 6 }],
    ["avg(c_total)", { "{}": 3 }],
    ["max by (b) (c_total)", { '{b="1"}': 6, '{b="2"}': 2 }],
    ["count(c_total > 1)", { "{}": 2 }],
    ["stdvar(c_total)", { "{}": 14 / 3 }],
    ["quantile(0.25, c_total)", { "{}": 1.5 }],
    ["topk(1, c_total)", { '{__name__="c_total", a="y", b="1"}': 6 }],
    ["bottomk by (a) (1, c_total)", { '{__name__="c_total", a="x", b="1"}': 1, '{__name__="c_total", a="y", b="1"}': 6 }],
  ])("%s", async (query, wanted) => {
    expect(await ask(query, 0, ...series)).toEqual(wanted);
  });

  test("a sum keeps what rounding would lose", async () => {
    const parts = [1e100, 1, -1e100].map((value, index) => counter([[0, value]], { a: String(index) }));
    expect(await one("sum(c_total)", 0, ...parts)).toBe(1);
  });
});

describe("operators between vectors", () => {
  const left = (a: string, b: string, value: number): SmallSeries => [{ __name__: "l", a, b }, [[0, value]]];
  const right = (a: string, c: string, value: number): SmallSeries => [{ __name__: "r", a, c }, [[0, value]]];
  const series = [left("x", "1", 10), left("x", "2", 20), left("y", "1", 30), right("x", "q", 2)];

  test.each<[string, Record<string, number>]>([
    ["l / on (a) group_left r", { '{a="x", b="1"}': 5, '{a="x", b="2"}': 10 }],
    ["l / on (a) group_left (c) r", { '{a="x", b="1", c="q"}': 5, '{a="x", b="2", c="q"}': 10 }],
    ["r * on (a) group_right l", { '{a="x", b="1"}': 20, '{a="x", b="2"}': 40 }],
    ['l{b="1"} - ignoring (b, c) r', { '{a="x"}': 8 }],
    ["l > 10", { '{__name__="l", a="x", b="2"}': 20, '{__name__="l", a="y", b="1"}': 30 }],
    ["l > bool 10", { '{a="x", b="1"}': 0, '{a="x", b="2"}': 1, '{a="y", b="1"}': 1 }],
    ["20 <= l", { '{__name__="l", a="x", b="2"}': 20, '{__name__="l", a="y", b="1"}': 30 }],
    ["l and on (a) r", { '{__name__="l", a="x", b="1"}': 10, '{__name__="l", a="x", b="2"}': 20 }],
    ["l unless on (a) r", { '{__name__="l", a="y", b="1"}': 30 }],
    ["r or on (a) l", { '{__name__="r", a="x", c="q"}': 2, '{__name__="l", a="y", b="1"}': 30 }],
    ["-2 ^ 2", { "": -4 }],
    ["2 ^ 3 ^ 2", { "": 512 }],
    ["-7 % 3", { "": -1 }],
  ])("%s", async (query, wanted) => {
    expect(await ask(query, 0, ...series)).toEqual(wanted);
  });

  test.each([
    ["l / on (a) r", "many-to-one matching must be explicit"],
    ["r / on (a) l", "many-to-many matching not allowed"],
    ["sum by (a) (l) * on () group_left () sum by (b) (l)", "many-to-many matching not allowed"],
    ['label_replace(l, "b", "same", "b", ".*")', "same labelset"],
  ])("%s is ambiguous", async (query, why) => {
    await expect(ask(query, 0, ...series)).rejects.toThrow(why);
  });
});

describe("functions", () => {
  const gauge: SmallSeries = [{ __name__: "g", job: "moq-relay" }, [[0, -1.5]]];

  test.each<[string, Record<string, number>]>([
    ["abs(g)", { '{job="moq-relay"}': 1.5 }],
    ["round(g)", { '{job="moq-relay"}': -1 }],
    ["clamp_min(g, 0)", { '{job="moq-relay"}': 0 }],
    ["clamp(g, 2, 1)", {}],
    ["scalar(g)", { "": -1.5 }],
    ["vector(3)", { "{}": 3 }],
    ["absent(g)", {}],
    ['absent(nothing{a="1",b=~"2"})', { '{a="1"}': 1 }],
    ['absent_over_time(nothing{a="1"}[5m])', { '{a="1"}': 1 }],
    ["time()", { "": zeroMs / 1000 + 30 }],
    ["timestamp(g)", { '{job="moq-relay"}': zeroMs / 1000 }],
    ['label_replace(g, "role", "$1", "job", "moq-(.*)")', { '{__name__="g", job="moq-relay", role="relay"}': -1.5 }],
    ['label_join(g, "both", "/", "job", "nothing")', { '{__name__="g", both="moq-relay/", job="moq-relay"}': -1.5 }],
    ["max_over_time(g[1m:10s])", { '{job="moq-relay"}': -1.5 }],
    ["count_over_time(g[1m:10s])", { '{job="moq-relay"}': 4 }],
  ])("%s", async (query, wanted) => {
    expect(await ask(query, 30, gauge)).toEqual(wanted);
  });
});

describe("over time", () => {
  test("a range query asks anew at each step, and steps without a value have no point", async () => {
    const store = smallStore(
      counter([
        [0, 1],
        [30, 2],
        [60, "stale"],
      ]),
    );
    const { result } = await rangeQuery("c_total * 2", store, { startMs: zeroMs, endMs: zeroMs + 90_000, stepMs: 15_000 });
    expect(result).toMatchObject({
      type: "matrix",
      series: [{ points: [0, 15, 30, 45].map((second) => [zeroMs + second * 1000, second < 30 ? 2 : 4]) }],
    });
  });
});

describe("a border that a step of a range query meets", () => {
  const series = counter([
    [0, 1],
    [10, 2],
    [400, 3],
  ]);
  const over = async (query: string, from: number, to: number): Promise<readonly (readonly [number, number])[]> => {
    const { result } = await rangeQuery(query, smallStore(series), {
      startMs: zeroMs + from * 1000,
      endMs: zeroMs + to * 1000,
      stepMs: 10_000,
    });
    const [only] = result.type === "matrix" ? result.series : [];
    return (only?.points ?? []).map(([atMs, value]) => [(atMs - zeroMs) / 1000, value]);
  };

  test("is not in a range", async () => {
    expect(await over("count_over_time(c_total[20s])", 10, 40)).toEqual([
      [10, 2],
      [20, 1],
    ]);
  });

  test("is too old for an instant selector", async () => {
    expect(await over("c_total", 300, 330)).toEqual([[300, 2]]);
  });
});

describe("limits", () => {
  const range = { startMs: zeroMs, endMs: zeroMs + 100_000, stepMs: 1000 };
  const store = smallStore(counter([[0, 1]], { a: "1" }), counter([[0, 1]], { a: "2" }));

  test.each([
    [{ points: 100 }, "bad_data", "exceeded maximum resolution of 100 points"],
    [{ series: 1 }, "execution", "finds 2 series, more than 1"],
    [{ samples: 150 }, "execution", "too many samples"],
  ])("%j is held", async (limits, type, message) => {
    await expect(rangeQuery("c_total", store, range, { limits })).rejects.toMatchObject({
      type,
      message: expect.stringContaining(message) as string,
    });
  });

  test("a query that takes too long ends, and one that nobody waits for", async () => {
    let nowMs = 0;
    const slow = { limits: { timeMs: 100 }, passing: () => (nowMs += 60) };
    await expect(rangeQuery("sum(c_total)", store, range, slow)).rejects.toMatchObject({ type: "timeout" });
    await expect(rangeQuery("c_total", store, range, { signal: AbortSignal.abort() })).rejects.toMatchObject({ type: "canceled" });
  });
});
