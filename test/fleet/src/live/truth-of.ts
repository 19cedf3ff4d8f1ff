import { seriesOf } from "../world/books.ts";
import { ledgerWidth, profiles } from "../world/points.ts";

/** The numbers of viewers as series. */
export function truthOf(viewers: Iterable<{ readonly profile: number; readonly truth: Float64Array }>): Map<string, number[]> {
  const all = new Float64Array(profiles.length * ledgerWidth);
  for (const { profile, truth } of viewers) for (const [column, value] of truth.entries()) all[profile * ledgerWidth + column]! += value;
  return seriesOf(all);
}

export interface Compared {
  readonly key: string;
  readonly truth: number;
  readonly counted: number;
}

/** Every number of the truth beside what was counted of it. */
export function compared(truth: ReadonlyMap<string, readonly number[]>, counted: ReadonlyMap<string, readonly number[]>): Compared[] {
  return [...truth].flatMap(([key, row]) =>
    row.map((value, column) => ({ key: `${key} [${column}]`, truth: value, counted: counted.get(key)?.[column] ?? 0 })),
  );
}

/** Those that are not the same, sums to 1e-9 relative. */
export function unequal(all: readonly Compared[]): Compared[] {
  return all.filter(({ truth, counted }) => Math.abs(truth - counted) > 1e-9 * Math.max(1, truth));
}

/** Those above the truth. */
export function above(all: readonly Compared[]): Compared[] {
  return all.filter(({ truth, counted }) => counted > truth + 1e-9 * Math.max(1, truth));
}
