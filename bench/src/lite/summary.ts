import { type Estimate, estimate, estimateOf, quantile, seededRandom } from "../statistics.ts";
import { type Entrant, entrants } from "./messages.ts";
import type { Load, Measurement } from "./run.ts";

/** Of one entrant: medians over its turns. */
export interface Row {
  readonly entrant: Entrant;
  readonly cpuSecondsPerGb?: number | undefined;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly loopDelayP99Ms?: number | undefined;
  readonly delivered?: number | undefined;
}
/** CPU per GB of one over that of another. */
export interface Ratio {
  /** Of the whole processes, round by round: the median of the ratios. */
  readonly whole?: Estimate | undefined;
  /** Of what serving costs: less the median of the process that serves nobody; the ratio of the medians. */
  readonly serving?: Estimate | undefined;
}
export interface Result extends Load {
  readonly rows: readonly Row[];
  readonly oursOverRaw: Ratio;
  readonly netOverOurs: Ratio;
}

export function summarize(load: Load, measurements: readonly Measurement[], seed: number): Result {
  const rounds = inRounds(measurements);
  return {
    ...load,
    rows: entrants.map((entrant) => row(entrant, measurements)),
    oursOverRaw: ratio(rounds, ["ours", "raw"], seed),
    netOverOurs: ratio(rounds, ["net", "ours"], seed),
  };
}

function row(entrant: Entrant, all: readonly Measurement[]): Row {
  const mine = all.filter((measurement) => measurement.entrant === entrant);
  const median = (pick: (measurement: Measurement) => number | undefined): number | undefined =>
    quantile(
      mine.map(pick).filter((value) => value !== undefined),
      0.5,
    );
  return {
    entrant,
    cpuSecondsPerGb: median((m) => m.cpuSecondsPerGb),
    p50Ms: median((m) => m.p50Ms),
    p99Ms: median((m) => m.p99Ms),
    loopDelayP99Ms: median((m) => m.loopDelayP99Ms),
    delivered: median((m) => m.delivered),
  };
}

/** CPU per GB by entrant. */
type Round = Partial<Record<Entrant, number>>;

function inRounds(all: readonly Measurement[]): Round[] {
  const rounds = new Map<number, Round>();
  for (const { round, entrant, cpuSecondsPerGb } of all) {
    if (cpuSecondsPerGb !== undefined) rounds.set(round, { ...rounds.get(round), [entrant]: cpuSecondsPerGb });
  }
  return [...rounds.values()];
}

function ratio(rounds: readonly Round[], [above, below]: readonly [Entrant, Entrant], seed: number): Ratio {
  const random = seededRandom(seed);
  const pairs = rounds.flatMap(({ [above]: a, [below]: b }) => (a !== undefined && b !== undefined ? [a / b] : []));
  return { whole: estimate(pairs, random), serving: estimateOf(rounds, (sample) => servingRatio(sample, above, below), random) };
}
function servingRatio(rounds: readonly Round[], above: Entrant, below: Entrant): number | undefined {
  const median = (entrant: Entrant): number | undefined =>
    quantile(
      rounds.map((round) => round[entrant]).filter((value) => value !== undefined),
      0.5,
    );
  const [over, under, floor] = [median(above), median(below), median("nobody")];
  if (over === undefined || under === undefined || floor === undefined || under <= floor) return undefined;
  return (over - floor) / (under - floor);
}
