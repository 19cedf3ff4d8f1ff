import { type Kept, type Taken, taken } from "../figures.ts";
import { aims, toText } from "./report.ts";
import type { Result } from "./summary.ts";

export interface Figures extends Result, Taken {}

/** What is kept of `pnpm bench lite`. */
export const liteFigures: Kept<Figures> = {
  name: "lite",
  loadOf: ({ subscribers }) => subscribers,
  text(all) {
    return `${all.map((one) => `${toText(one)}\n${taken(one)}`).join("\n")}\n### Against the aims\n\n${aims(all)}\n`;
  },
};
