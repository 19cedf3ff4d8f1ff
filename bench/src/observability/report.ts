import type { Load } from "../lite/run.ts";
import type { Recorded } from "../quic/messages.ts";
import { type Estimate, estimateOf, quantile, seededRandom } from "../statistics.ts";
import type { InstructionCounts } from "./instructions.ts";
import type { Measurement } from "./run.ts";
import { contestants } from "./stage.ts";

interface Row {
  readonly at: Recorded;
  readonly cpuSecondsPerGb: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly instructionsPerFrame: number | undefined;
}
export interface Result extends Load {
  readonly rows: readonly Row[];
  /** CPU of everything over silent, of all rounds together: an export that falls into one of ten counts as a tenth. */
  readonly cpu: Estimate | undefined;
  /** Forward time p99 of everything over silent, of all rounds together. */
  readonly p99: Estimate | undefined;
  readonly instructions: Estimate | undefined;
}

type Pair = Readonly<Record<Recorded, Measurement>>;

/** Totals of each, and the ratios with their 95 % interval over the rounds. */
export function summarize(
  load: Load,
  all: readonly Measurement[],
  { counts, seed }: { readonly counts: readonly InstructionCounts[]; readonly seed: number },
): Result {
  const random = seededRandom(seed);
  const pairs = pairsOf(all);
  const cpu = (at: Recorded, sample: readonly Pair[]): number =>
    sum(sample, (pair) => pair[at].cpuSeconds) / sum(sample, (pair) => pair[at].gigabytes);
  const forward = (at: Recorded, share: number, sample: readonly Pair[]): number | undefined =>
    quantile(
      sample.flatMap((pair) => pair[at].forwardMs),
      share,
    );
  const perFrame = (at: Recorded): readonly number[] => counts.find((each) => each.at === at)?.perFrame ?? [];
  return {
    ...load,
    rows: contestants.map((at) => ({
      at,
      cpuSecondsPerGb: cpu(at, pairs),
      p50Ms: forward(at, 0.5, pairs),
      p99Ms: forward(at, 0.99, pairs),
      instructionsPerFrame: quantile(perFrame(at), 0.5),
    })),
    cpu: estimateOf(pairs, (sample) => over(cpu("everything", sample), cpu("silent", sample)), random),
    p99: estimateOf(pairs, (sample) => over(forward("everything", 0.99, sample), forward("silent", 0.99, sample)), random),
    instructions: estimateOf(
      perFrame("everything").map((everything, time) => ({ everything, silent: perFrame("silent")[time] })),
      (sample) =>
        over(
          quantile(
            sample.map((each) => each.everything),
            0.5,
          ),
          quantile(
            sample.flatMap(({ silent }) => silent ?? []),
            0.5,
          ),
        ),
      random,
    ),
  };
}

/** Rounds in which both were measured. */
function pairsOf(all: readonly Measurement[]): Pair[] {
  return all.flatMap((silent) => {
    if (silent.at !== "silent") return [];
    const everything = all.find((other) => other.at === "everything" && other.round === silent.round);
    return everything ? [{ silent, everything }] : [];
  });
}
function sum(sample: readonly Pair[], value: (pair: Pair) => number): number {
  return sample.reduce((total, pair) => total + value(pair), 0);
}
function over(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined || !(other > 0) ? undefined : one / other;
}

const names: Readonly<Record<Recorded, string>> = { silent: "recorder silent", everything: "metrics, logs, traces 1 in 1000" };

/** A table in Markdown, for the README and for people. */
export function toText({ subscribers, framesPerSecond, rows, cpu, p99, instructions }: Result): string {
  const lines = rows.map((row) => [
    names[row.at],
    row.cpuSecondsPerGb.toFixed(2),
    row.instructionsPerFrame === undefined ? "not counted" : Math.round(row.instructionsPerFrame).toString(),
    fixed(row.p50Ms),
    fixed(row.p99Ms),
  ]);
  const heads = ["relay", "CPU s/GB", "instructions a frame", "forward p50 ms", "forward p99 ms"];
  const table = [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `### ${subscribers} subscribers, ${framesPerSecond} frames of 4 KiB per second each, 5 visitors a turn

${table}

Everything over silent: CPU ${interval(cpu)}; instructions ${interval(instructions)}; forward p99 ${interval(p99)}
`;
}
function fixed(value: number | undefined): string {
  return value === undefined ? "none" : value.toFixed(3);
}
export function interval(ratio: Estimate | undefined): string {
  return ratio
    ? `${ratio.median.toFixed(3)} (95 %: ${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)}, ${ratio.count} pairs)`
    : "not counted";
}
