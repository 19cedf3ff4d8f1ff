import { type Kept, type Taken, taken } from "../figures.ts";
import { type Result, toText } from "./report.ts";

export interface Figures extends Result, Taken {}

/** The aim: CPU per GB of ours over that of moq-relay, at most. */
const mostOverMoqRelay = 1.25;

/** What is kept of `pnpm bench quic`. */
export const quicFigures: Kept<Figures> = {
  name: "quic",
  loadOf: ({ subscribers }) => subscribers,
  text(all) {
    const aims = all.map(
      ({ subscribers, overMoqRelay }) => `| ${subscribers} | ${overMoqRelay ? judged(overMoqRelay) : "nothing to compare"} |`,
    );
    return `${all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n")}
### QUIC against the aim

| subscribers | CPU per GB, ours over moq-relay, aim ≤ ${mostOverMoqRelay} |
| --- | --- |
${aims.join("\n")}
`;
  },
};

/** Met only where the whole interval meets it. */
function judged({ median, low, high }: NonNullable<Result["overMoqRelay"]>): string {
  const word = high <= mostOverMoqRelay ? "met" : median <= mostOverMoqRelay ? "met in the median, not beyond doubt" : "**missed**";
  return `${median.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}): ${word}`;
}
