import { seriesOf } from "./books.ts";
import type { World } from "./world.ts";

const relative = 1e-9;
const shown = 20;

/** Where the fleet's exported totals are not exactly what must have been counted; empty where they are. Sums to 1e-9 relative. */
export function differences(world: World): string[] {
  const [expected, exported] = [seriesOf(world.books.exported()), world.exports.total()];
  const found: string[] = [];
  for (const [key, row] of expected) {
    const got = exported.get(key);
    for (const [column, value] of row.entries()) {
      const counted = got?.[column] ?? 0;
      if (Math.abs(counted - value) > relative * Math.max(1, Math.abs(value))) found.push(`${key} [${column}]: ${counted}, not ${value}`);
    }
  }
  for (const [key, row] of exported) {
    if (!expected.has(key) && (row[0] ?? 0) !== 0 && !key.includes("reason=timeout")) found.push(`${key}: ${row[0]}, and nobody told it`);
  }
  return found.slice(0, shown);
}

/** Where the fleet's exported totals are above the truth of this moment. */
export function excesses(world: World): string[] {
  const truth = seriesOf(world.books.truth());
  const found: string[] = [];
  for (const [key, row] of seriesOf(world.books.exported())) {
    // what is exported is compared with this by `differences`, number by number
    for (const [column, value] of row.entries()) {
      const most = truth.get(key)?.[column] ?? 0;
      if (value > most + relative * Math.max(1, most)) found.push(`${key} [${column}]: ${value}, and the truth is ${most}`);
    }
  }
  return found.slice(0, shown);
}

export interface Shares {
  readonly truth: number;
  readonly counted: number;
  /** Counted of the truth, 0 to 1. */
  readonly share: number;
}

/** How much of a metric's truth the fleet counts: values, or observations. */
export function shareOf(world: World, name: string): Shares {
  const add = (all: ReadonlyMap<string, readonly number[]>): number =>
    [...all].reduce((sum, [key, row]) => (key.startsWith(`${name} `) ? sum + (row[0] ?? 0) : sum), 0);
  const [truth, counted] = [add(seriesOf(world.books.truth())), add(world.exports.total())];
  return { truth, counted, share: counted / truth };
}
