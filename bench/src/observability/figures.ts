import { type Kept, type Taken, taken } from "../figures.ts";
import type { Estimate } from "../statistics.ts";
import { interval, type Result, toText } from "./report.ts";

export interface Figures extends Result, Taken {}

/** The aim: what everything costs over a relay that records nothing, at most. */
const most = 1.02;

/** What is kept of `pnpm bench observability`. */
export const observabilityFigures: Kept<Figures> = {
  name: "observability",
  loadOf: ({ subscribers }) => subscribers,
  text(all) {
    const aims = all.map(
      ({ subscribers, cpu, instructions, p99 }) => `| ${subscribers} | ${judged(instructions)} | ${judged(cpu)} | ${unchanged(p99)} |`,
    );
    return `${all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n")}
### Observability against the aims

| subscribers | instructions, aim ≤ ${most} | CPU seconds, aim ≤ ${most} | forward p99: 1 within its interval |
| --- | --- | --- | --- |
${aims.join("\n")}
`;
  },
};

/** Met only where the whole interval meets it. */
function judged(ratio: Estimate | undefined): string {
  if (!ratio) return interval(ratio);
  const word = ratio.high <= most ? "met" : ratio.median <= most ? "met in the median, not beyond doubt" : "**missed**";
  return `${interval(ratio)}: ${word}`;
}
function unchanged(ratio: Estimate | undefined): string {
  if (!ratio) return interval(ratio);
  return `${interval(ratio)}: ${ratio.low <= 1 ? "met" : "**missed**"}`;
}
