import { Account, type Runs } from "./account.ts";
import { allPoints, ledgerWidth, type PointSpec, profiles } from "./points.ts";

/** What each process of a gateway must have counted, number by number, and what of it it must have exported. */
export class Books {
  readonly #counted = new Map<string, Float64Array>();
  readonly #exported = new Map<string, Float64Array>();
  readonly #truths: { readonly row: number; readonly truth: Float64Array }[] = [];

  /** An account of one run of a client; `truth` stays the client's. */
  open(profile: number, truth: Float64Array, runs: Runs): Account {
    const row = profile * ledgerWidth;
    this.#truths.push({ row, truth });
    return new Account(this, row, { truth, runs });
  }

  count(process: string, row: number, { from, to }: { readonly from: Float64Array; readonly to: Float64Array }): void {
    const numbers = this.#of(this.#counted, process);
    for (let column = 0; column < ledgerWidth; column++)
      numbers[row + column] = (numbers[row + column] ?? 0) + (to[column] ?? 0) - (from[column] ?? 0);
  }

  exports(process: string): void {
    this.#exported.set(process, this.#of(this.#counted, process).slice());
  }

  /** What the process of a crashed gateway counted since its last export is gone. */
  crashes(process: string): void {
    this.#counted.set(process, this.#of(this.#exported, process).slice());
  }

  /** What all processes together must have exported. */
  exported(): Float64Array {
    return added(this.#exported.values());
  }

  truth(): Float64Array {
    const all = new Float64Array(profiles.length * ledgerWidth);
    for (const { row, truth } of this.#truths)
      for (const [column, value] of truth.entries()) all[row + column] = (all[row + column] ?? 0) + value;
    return all;
  }

  #of(map: Map<string, Float64Array>, process: string): Float64Array {
    let numbers = map.get(process);
    if (numbers === undefined) map.set(process, (numbers = new Float64Array(profiles.length * ledgerWidth)));
    return numbers;
  }
}

function added(all: Iterable<Float64Array>): Float64Array {
  const sum = new Float64Array(profiles.length * ledgerWidth);
  for (const numbers of all) for (const [column, value] of numbers.entries()) sum[column] = (sum[column] ?? 0) + value;
  return sum;
}

/** The numbers of the books as series: name and labels → the value, or count, sum and buckets. */
export function seriesOf(numbers: Float64Array): Map<string, number[]> {
  const all = new Map<string, number[]>();
  for (const [index, profile] of profiles.entries()) {
    for (const point of allPoints) {
      const from = index * ledgerWidth + point.offset;
      const row = numbers.subarray(from, from + (point.bounds === undefined ? 1 : point.bounds.length + 3));
      if (row[0] === 0) continue;
      const key = seriesKey(point, point.labels(profile));
      all.set(key, sumOf(all.get(key), row));
    }
  }
  return all;
}

/** Name and labels of a series, those left out that only the gateway sets. */
export function seriesKey({ name }: Pick<PointSpec, "name">, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name} ${pairs.map(([key, value]) => `${key}=${value}`).join(" ")}`;
}

export function sumOf(a: readonly number[] | undefined, b: ArrayLike<number>): number[] {
  return Array.from(b, (value, column) => value + (a?.[column] ?? 0));
}
