import type { Point, Series } from "@moqscope/telemetry/query";
import { describe, expect, it } from "vitest";
import { emptySummary } from "../testing/summaries.ts";
import { History, historyMs, momentOf, momentsOf, type PastSeries } from "./history.ts";

const nowMs = 10 * historyMs;
const nothing: PastSeries = { subscribers: [], bytesReceived: [], bytesSent: [], startupTime: [], rebufferTime: [], playTime: [] };

/** A series with a point each second of the last minute. */
function rising(attributes: Record<string, string>, value: (second: number) => number): Series {
  const points = Array.from({ length: 61 }, (_, second): Point => ({ atMs: nowMs - 60_000 + second * 1_000, value: value(second) }));
  return { name: "", service: "", instance: "", attributes, points };
}

const windows = { nowMs, windowMs: 10_000, rateWindowMs: 10_000 };

describe("the past from series", () => {
  it("counts clients as viewers, all but relays as in, clients as out, at the summary's window", () => {
    const newest = momentsOf(
      {
        ...nothing,
        subscribers: [rising({ peer: "client" }, () => 3), rising({ peer: "relay" }, () => 1)],
        bytesReceived: [rising({ peer: "publisher" }, (second) => second * 1_000), rising({ peer: "relay" }, (second) => second * 50)],
        bytesSent: [rising({ peer: "client" }, (second) => second * 2_000), rising({ peer: "publisher" }, (second) => second)],
      },
      windows,
    ).at(-1);
    expect(newest).toEqual({ atMs: nowMs, viewers: 3, bitsIn: 8_000, bitsOut: 16_000, startupMean: null, stallRatio: null });
  });

  it("has a mean startup only where something started, and a stall ratio where something played", () => {
    const starts: Series = { ...rising({}, (second) => (second < 55 ? 0 : 2)), sum: rising({}, (second) => (second < 55 ? 0 : 3)).points };
    const moments = momentsOf(
      {
        ...nothing,
        startupTime: [starts],
        playTime: [rising({}, (second) => second * 0.9)],
        rebufferTime: [rising({}, (second) => second * 0.1)],
      },
      windows,
    );
    expect(moments.at(-1)?.startupMean).toBe(1.5);
    expect(moments.at(-8)?.startupMean).toBeNull();
    expect(moments.at(-1)?.stallRatio).toBeCloseTo(0.1);
    expect(moments[0]?.stallRatio).toBeNull();
  });

  it("calls no stalls at all a ratio of 0, not no data", () => {
    expect(momentsOf({ ...nothing, playTime: [rising({}, (second) => second)] }, windows).at(-1)?.stallRatio).toBe(0);
  });
});

describe("history", () => {
  const at = (atMs: number) => momentOf(emptySummary(atMs));

  it("keeps 15 minutes and takes each instant once", () => {
    const history = new History();
    history.append(at(1_000));
    history.append(at(1_000));
    history.append(at(2_000));
    history.append(at(historyMs + 1_500));
    expect(history.moments.map((moment) => moment.atMs)).toEqual([2_000, historyMs + 1_500]);
  });

  it("puts the past in front of what the summaries told since", () => {
    const history = new History();
    history.append(at(5_000));
    history.append(at(6_000));
    history.seed([at(4_000), at(5_000)]);
    expect(history.moments.map((moment) => moment.atMs)).toEqual([4_000, 5_000, 6_000]);
  });

  it("shows a gap, not the last value, for a reading that went silent", () => {
    const summary = { ...emptySummary(100_000), viewers: { value: 7, atMs: 60_000 }, bitsInPerSecond: { value: 0, atMs: 99_000 } };
    expect(momentOf(summary)).toMatchObject({ viewers: null, bitsIn: 0 });
  });
});
