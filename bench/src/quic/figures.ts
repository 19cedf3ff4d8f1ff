import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type Result, toText } from "./report.ts";

/** How a load was measured, and where. */
export interface Figures extends Result {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly machine: string;
}

const file = new URL("../../figures/quic.json", import.meta.url);
const readme = new URL("../../README.md", import.meta.url);
const begin = "<!-- figures of `pnpm bench quic --write`: begin -->\n";
const end = "<!-- figures of `pnpm bench quic --write`: end -->";
/** The aim: CPU per GB of ours over that of moq-relay, at most. */
const mostOverMoqRelay = 1.25;

/** Keeps these figures in place of older ones for the same load, in the folder `figures` and in the README. */
export async function keep(fresh: Figures): Promise<void> {
  const all = [...(await known()).filter(({ subscribers }) => subscribers !== fresh.subscribers), fresh];
  all.sort((a, b) => a.subscribers - b.subscribers);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  const page = await readFile(readme, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError("bench/README.md has lost the marks between which figures are written");
  await writeFile(readme, `${page.slice(0, from + begin.length)}\n${text(all)}\n${page.slice(to)}`);
}

async function known(): Promise<Figures[]> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Figures[];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Every load with where it was measured, and what that says of the aim. */
export function text(all: readonly Figures[]): string {
  const loads = all.map((one) => `${toText(one)}\n${one.pairs} rounds of ${one.seconds} s, seed ${one.seed}. ${one.machine}.\n`);
  const aims = all.map(
    ({ subscribers, overMoqRelay }) => `| ${subscribers} | ${overMoqRelay ? judged(overMoqRelay) : "nothing to compare"} |`,
  );
  return `${loads.join("\n")}
### QUIC against the aim

| subscribers | CPU per GB, ours over moq-relay, aim ≤ ${mostOverMoqRelay} |
| --- | --- |
${aims.join("\n")}
`;
}
/** Met only where the whole interval meets it. */
function judged({ median, low, high }: NonNullable<Result["overMoqRelay"]>): string {
  const word = high <= mostOverMoqRelay ? "met" : median <= mostOverMoqRelay ? "met in the median, not beyond doubt" : "**missed**";
  return `${median.toFixed(2)} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}): ${word}`;
}
