import { type Kept, type Taken, taken } from "../figures.ts";
import { type Result, toText } from "./report.ts";

export interface Figures extends Result, Taken {}

/** The aims: what an addition on the hot path may cost at most. */
const mostNs = 50;
/** What the measuring itself allocates, shared among the operations of a turn, stays below this. */
const mostBytes = 0.05;

/** What is kept of `pnpm bench telemetry`. */
export const telemetryFigures: Kept<Figures> = {
  name: "telemetry",
  loadOf: ({ series }) => series,
  text(all) {
    return `${all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n")}
### Recording against the aims

| series | operation | aim < ${mostNs} ns | aim: nothing allocated |
| --- | --- | --- | --- |
${all.flatMap(rowsOf).join("\n")}
`;
  },
};

function rowsOf({ series, rows }: Figures): string[] {
  return rows.flatMap(({ contestant, nsPerOperation, bytesPerOperation }) => {
    if (contestant.startsWith("SDK") || nsPerOperation === undefined || bytesPerOperation === undefined) return [];
    const { median, high } = nsPerOperation;
    const time = high < mostNs ? "met" : median < mostNs ? "met in the median, not beyond doubt" : "**missed**";
    return `| ${series} | ${contestant} | ${median.toFixed(1)}: ${time} | ${bytesPerOperation < mostBytes ? "met" : "**missed**"} |`;
  });
}
