import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";

/** How a load was measured, and where. */
export interface Taken {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
  readonly machine: string;
}

/** A bench whose figures are kept: in `figures/<name>.json`, and as what `text` makes of them between its marks in the README. */
export interface Kept<F extends Taken> {
  readonly name: string;
  /** What it was measured at: figures of the same load replace each other. */
  readonly loadOf: (figures: F) => number;
  readonly text: (all: readonly F[]) => string;
}

const readme = new URL("../README.md", import.meta.url);

/** This machine, and how busy it is. */
export function machine(): string {
  const all = cpus();
  const busy = loadavg()[0] ?? 0;
  return `Node ${process.versions.node}, ${process.platform} ${release()}, ${all.length} × ${all[0]?.model.trim() ?? "?"}, load average ${busy.toFixed(1)} at the end`;
}

/** Keeps these figures in place of older ones for the same load. @throws RangeError if the README has lost the bench's marks. */
export async function keep<F extends Taken>({ name, loadOf, text }: Kept<F>, fresh: F): Promise<void> {
  const file = new URL(`../figures/${name.replaceAll(" ", "-")}.json`, import.meta.url);
  const all = [...(await known<F>(file)).filter((one) => loadOf(one) !== loadOf(fresh)), fresh];
  all.sort((a, b) => loadOf(a) - loadOf(b));
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  await writeFile(readme, within(await readFile(readme, "utf8"), name, text(all)));
}

async function known<F>(file: URL): Promise<F[]> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as F[];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Everything between the bench's two marks is ours. @throws RangeError if they are not there. */
export function within(page: string, name: string, figures: string): string {
  const mark = (which: string): string => `<!-- figures of \`pnpm bench ${name} --write\`: ${which} -->`;
  const begin = `${mark("begin")}\n`;
  const [from, to] = [page.indexOf(begin), page.indexOf(mark("end"))];
  if (from < 0 || to < from)
    throw new RangeError(`bench/README.md has lost the lines "${mark("begin")}" and "${mark("end")}": put them back`);
  return `${page.slice(0, from + begin.length)}\n${figures}\n${page.slice(to)}`;
}

/** How it was taken, in one line. */
export function taken({ pairs, seconds, seed, machine: where }: Taken): string {
  return `${pairs} rounds of ${seconds} s, seed ${seed}. ${where}.\n`;
}
