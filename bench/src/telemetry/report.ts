import { type Estimate, estimate, quantile, seededRandom } from "../statistics.ts";
import { type Contestant, contestants } from "./contestants.ts";
import type { Measurement } from "./run.ts";

export interface Row {
  readonly contestant: Contestant;
  readonly nsPerOperation: Estimate | undefined;
  readonly bytesPerOperation: number | undefined;
}
export interface Result {
  readonly series: number;
  readonly rows: readonly Row[];
  /** Time of the SDK's operation over that of ours, round by round. */
  readonly counterRatio: Estimate | undefined;
  readonly histogramRatio: Estimate | undefined;
}
const names: Readonly<Record<Contestant, string>> = {
  "cell counter": "ours, `add` of a counter's cell",
  "cell histogram": "ours, `record` of a histogram's cell",
  player: "ours, a frame told to the player's instruments",
  "SDK counter": "OpenTelemetry SDK 2.12, `add` with attributes",
  "SDK histogram": "OpenTelemetry SDK 2.12, `record` with attributes",
};

/** Medians of each contestant, and the ratios, with their 95 % intervals. */
export function summarize(series: number, all: readonly Measurement[], seed: number): Result {
  const random = seededRandom(seed);
  return {
    series,
    rows: contestants.map((contestant) => {
      const mine = all.filter((one) => one.contestant === contestant);
      return {
        contestant,
        nsPerOperation: estimate(
          mine.map((one) => one.nsPerOperation),
          random,
        ),
        bytesPerOperation: quantile(
          mine.map((one) => one.bytesPerOperation),
          0.5,
        ),
      };
    }),
    counterRatio: estimate(ratios(all, "SDK counter", "cell counter"), random),
    histogramRatio: estimate(ratios(all, "SDK histogram", "cell histogram"), random),
  };
}

function ratios(all: readonly Measurement[], over: Contestant, under: Contestant): number[] {
  const of = (contestant: Contestant): Map<number, number> =>
    new Map(all.filter((one) => one.contestant === contestant).map((one) => [one.round, one.nsPerOperation]));
  const unders = of(under);
  return [...of(over)].flatMap(([round, ns]) => {
    const other = unders.get(round);
    return other === undefined ? [] : [ns / other];
  });
}

/** A table in Markdown, for the README and for people. */
export function toText({ series, rows, counterRatio, histogramRatio }: Result): string {
  const lines = rows.map(({ contestant, nsPerOperation, bytesPerOperation }) => [
    names[contestant],
    interval(nsPerOperation),
    bytesPerOperation === undefined ? "none" : bytesPerOperation.toFixed(2),
  ]);
  const heads = ["operation", "ns", "bytes allocated"];
  const table = [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `### ${series} series of a metric written in turn

${table}

The SDK's time over ours: counter ${interval(counterRatio)}, histogram ${interval(histogramRatio)}
`;
}

function interval(figure: Estimate | undefined): string {
  if (!figure) return "nothing to compare";
  return `${figure.median.toFixed(1)} (95 %: ${figure.low.toFixed(1)} to ${figure.high.toFixed(1)})`;
}
