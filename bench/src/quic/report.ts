import type { Load } from "../lite/run.ts";
import { type Estimate, estimate, quantile, seededRandom } from "../statistics.ts";
import { type Contestant, contestants } from "./messages.ts";
import type { Measurement } from "./run.ts";

export interface Row {
  readonly contestant: Contestant;
  readonly cpuSecondsPerGb: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly delivered: number | undefined;
}
export interface Result extends Load {
  readonly rows: readonly Row[];
  /** CPU per GB of our relay over QUIC over that of the other, round by round. */
  readonly overMoqRelay: Estimate | undefined;
  readonly overWebSocket: Estimate | undefined;
}
const names: Readonly<Record<Contestant, string>> = {
  quic: "ours, QUIC",
  "moq-relay": "moq-relay 0.17.10, QUIC",
  websocket: "ours, WebSocket",
};

/** Medians of each relay, and the ratios with their 95 % interval. */
export function summarize(load: Load, all: readonly Measurement[], seed: number): Result {
  const random = seededRandom(seed);
  return {
    ...load,
    rows: contestants.map((contestant) => row(contestant, all)),
    overMoqRelay: estimate(ratios(all, "moq-relay"), random),
    overWebSocket: estimate(ratios(all, "websocket"), random),
  };
}
function row(contestant: Contestant, all: readonly Measurement[]): Row {
  const mine = all.filter((one) => one.contestant === contestant);
  const median = (pick: (one: Measurement) => number | undefined): number | undefined =>
    quantile(
      mine.map(pick).filter((value) => value !== undefined),
      0.5,
    );
  return {
    contestant,
    cpuSecondsPerGb: median((one) => one.cpuSecondsPerGb),
    p50Ms: median((one) => one.p50Ms),
    p99Ms: median((one) => one.p99Ms),
    delivered: median((one) => one.delivered),
  };
}
function ratios(all: readonly Measurement[], other: Contestant): number[] {
  const of = (contestant: Contestant): Map<number, number | undefined> =>
    new Map(all.filter((one) => one.contestant === contestant).map((one) => [one.round, one.cpuSecondsPerGb]));
  const others = of(other);
  return [...of("quic")].flatMap(([round, ours]) => {
    const theirs = others.get(round);
    return ours !== undefined && theirs !== undefined ? [ours / theirs] : [];
  });
}

/** A table in Markdown, for the README and for people. */
export function toText(result: Result): string {
  const lines = result.rows.map((r) => [
    names[r.contestant],
    fixed(r.cpuSecondsPerGb),
    fixed(r.p50Ms),
    fixed(r.p99Ms),
    r.delivered === undefined ? "none" : `${(100 * r.delivered).toFixed(1)} %`,
  ]);
  const heads = ["relay", "CPU s/GB", "p50 ms", "p99 ms", "delivered"];
  const table = [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `### ${result.subscribers} subscribers, ${result.framesPerSecond} frames of 4 KiB per second each

${table}

CPU per GB, ours over QUIC over moq-relay: ${interval(result.overMoqRelay)}; over ours by WebSocket: ${interval(result.overWebSocket)}
`;
}
function fixed(value: number | undefined): string {
  return value === undefined ? "none" : value.toFixed(2);
}
function interval(ratio: Estimate | undefined): string {
  if (!ratio) return "nothing to compare";
  return `${ratio.median.toFixed(2)} (95 %: ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}, ${ratio.count} pairs)`;
}
