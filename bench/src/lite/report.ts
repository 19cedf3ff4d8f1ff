import { type Estimate, estimate, quantile, seededRandom } from "../statistics.ts";
import { type Contestant, contestants } from "./messages.ts";
import type { Load, Measurement } from "./run.ts";

/** Of one server: medians over its turns. */
export interface Row {
  readonly contestant: Contestant;
  readonly cpuSecondsPerGb: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly loopDelayP99Ms: number | undefined;
  readonly delivered: number | undefined;
}
export interface Result extends Load {
  readonly rows: readonly Row[];
  /** CPU per GB of ours over that of the other, round by round. */
  readonly oursOverRaw: Estimate | undefined;
  readonly oursOverNet: Estimate | undefined;
}

export function summarize(load: Load, measurements: readonly Measurement[], seed: number): Result {
  const random = seededRandom(seed);
  return {
    ...load,
    rows: contestants.map((contestant) => row(contestant, measurements)),
    oursOverRaw: estimate(ratios(measurements, "raw"), random),
    oursOverNet: estimate(ratios(measurements, "net"), random),
  };
}

function row(contestant: Contestant, all: readonly Measurement[]): Row {
  const mine = all.filter((measurement) => measurement.contestant === contestant);
  const median = (pick: (measurement: Measurement) => number | undefined): number | undefined =>
    quantile(
      mine.map(pick).filter((value) => value !== undefined),
      0.5,
    );
  return {
    contestant,
    cpuSecondsPerGb: median((m) => m.cpuSecondsPerGb),
    p50Ms: median((m) => m.p50Ms),
    p99Ms: median((m) => m.p99Ms),
    loopDelayP99Ms: median((m) => m.loopDelayP99Ms),
    delivered: median((m) => m.delivered),
  };
}

function ratios(all: readonly Measurement[], other: Contestant): number[] {
  const of = (contestant: Contestant): Map<number, number | undefined> =>
    new Map(all.filter((m) => m.contestant === contestant).map((m) => [m.round, m.cpuSecondsPerGb]));
  const others = of(other);
  return [...of("ours")].flatMap(([round, ours]) => {
    const theirs = others.get(round);
    return ours !== undefined && theirs !== undefined ? [ours / theirs] : [];
  });
}

const names: Record<Contestant, string> = { ours: "ours", raw: "raw ws", net: "@moq/net 0.3.4" };
const heads = ["server", "CPU s/GB", "p50 ms", "p99 ms", "loop delay p99 ms", "delivered"];

/** A table in Markdown, for the README and for people. */
export function toText(result: Result): string {
  const lines = result.rows.map((r) => [
    names[r.contestant],
    fixed(r.cpuSecondsPerGb),
    fixed(r.p50Ms),
    fixed(r.p99Ms),
    fixed(r.loopDelayP99Ms),
    r.delivered === undefined ? "none" : `${(100 * r.delivered).toFixed(1)} %`,
  ]);
  const table = [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `### ${result.subscribers} subscribers, ${result.framesPerSecond} frames of 4 KiB per second each

${table}

CPU per GB, ours over raw ws: ${interval(result.oursOverRaw)}; ours over @moq/net: ${interval(result.oursOverNet)}
`;
}

function fixed(value: number | undefined): string {
  return value === undefined ? "none" : value.toFixed(2);
}
function interval(ratio: Estimate | undefined): string {
  if (!ratio) return "nothing to compare";
  return `${ratio.median.toFixed(2)} (95 %: ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}, ${ratio.count} pairs)`;
}
