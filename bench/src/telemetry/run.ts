import { getHeapStatistics } from "node:v8";
import { buckets } from "@moqscope/telemetry";
import type { RunOptions } from "../lite/run.ts";
import { seededRandom, shuffled } from "../statistics.ts";
import { type Contestant, contestants, type Operation, operations } from "./contestants.ts";

/** One contestant, measured once. */
export interface Measurement {
  readonly contestant: Contestant;
  readonly round: number;
  readonly nsPerOperation: number;
  /** Heap that was allocated, by V8's own account. */
  readonly bytesPerOperation: number;
}

/** Operations between two looks at the clock. */
const batch = 10_000;
/** Rounds that do not count: what is still being compiled costs more. */
export const warmRounds = 5;

/** Node types this without V8's newest figure. */
const allocated = (): number => (getHeapStatistics() as unknown as { readonly total_allocated_bytes: number }).total_allocated_bytes;

/** CPU that this thread has had: others on the machine do not count, nor do V8's own threads. */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** All contestants take turns in this process, in another order each round: whatever else the machine does meets them alike. */
export async function measure(series: number, { pairs, seconds, seed, progress }: RunOptions): Promise<Measurement[]> {
  const random = seededRandom(seed + series);
  const highest = (buckets.buffer.at(-1) ?? 1) * 1.1;
  const values = Float64Array.from({ length: 1000 }, () => random() * highest);
  const all = operations(series, values);
  const measurements: Measurement[] = [];
  for (let round = -warmRounds; round < pairs; round++) {
    for (const contestant of shuffled(contestants, random)) {
      const measured = once(all[contestant], { series, values: values.length, seconds });
      if (round >= 0) measurements.push({ contestant, round, ...measured });
      // Garbage of the SDK is collected between the turns rather than in somebody else's.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (round >= 0) progress(`${series} series, round ${round + 1}: ${brief(measurements.slice(-contestants.length))}`);
  }
  return measurements;
}

interface Turn {
  readonly series: number;
  readonly values: number;
  readonly seconds: number;
}

function once(operation: Operation, { series, values, seconds }: Turn): Pick<Measurement, "nsPerOperation" | "bytesPerOperation"> {
  let done = 0;
  const before = allocated();
  const began = cpuSeconds();
  let spent = 0;
  while (spent < seconds) {
    for (let i = 0; i < batch; i++) operation(i % series, i % values);
    done += batch;
    spent = cpuSeconds() - began;
  }
  return { nsPerOperation: (spent * 1e9) / done, bytesPerOperation: (allocated() - before) / done };
}

function brief(round: readonly Measurement[]): string {
  return round.map(({ contestant, nsPerOperation }) => `${contestant} ${nsPerOperation.toFixed(1)} ns`).join(", ");
}
