import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";
import { aims, toText } from "./report.ts";
import type { Result } from "./summary.ts";

/** How a load was measured, and where. */
export interface Figures extends Result {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly machine: string;
}

const file = new URL("../../figures/lite.json", import.meta.url);
const readme = new URL("../../README.md", import.meta.url);
const begin = "<!-- figures of `pnpm bench lite --write`: begin -->\n";
const end = "<!-- figures of `pnpm bench lite --write`: end -->";

/** This machine, and how busy it is. */
export function machine(): string {
  const all = cpus();
  const busy = loadavg()[0] ?? 0;
  return `Node ${process.versions.node}, ${process.platform} ${release()}, ${all.length} × ${all[0]?.model.trim() ?? "?"}, load average ${busy.toFixed(1)} at the end`;
}

/** Keeps these figures in place of older ones for the same load, in the folder `figures` and in the README. */
export async function keep(fresh: Figures): Promise<void> {
  const all = [...(await known()).filter(({ subscribers }) => subscribers !== fresh.subscribers), fresh];
  all.sort((a, b) => a.subscribers - b.subscribers);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(readme, within(await readFile(readme, "utf8"), text(all)));
}

async function known(): Promise<Figures[]> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Figures[];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Everything between the two marks is ours. @throws RangeError if they are not there. */
export function within(page: string, figures: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new RangeError("bench/README.md has lost the marks between which figures are written");
  return `${page.slice(0, from + begin.length)}\n${figures}\n${page.slice(to)}`;
}

export function text(all: readonly Figures[]): string {
  const loads = all.map((one) => `${toText(one)}\n${one.pairs} rounds of ${one.seconds} s, seed ${one.seed}. ${one.machine}.\n`);
  return `${loads.join("\n")}\n### Against the aims\n\n${aims(all)}\n`;
}
