import { type Labels, nameLabel } from "../tsdb/labels.ts";
import { absent } from "../tsdb/sample.ts";
import { QueryError } from "./query-error.ts";

/** One series of a result over all steps of an evaluation; a step without value holds {@link absent}. Never changed once it is made. */
export interface Column {
  readonly labels: Labels;
  readonly values: Float64Array;
}

/** What an expression gives over all steps. */
export type Value =
  | { readonly type: "scalar"; readonly values: Float64Array }
  | { readonly type: "vector"; readonly columns: readonly Column[] }
  | { readonly type: "string"; readonly text: string };

export function emptyValues(steps: number): Float64Array {
  return new Float64Array(steps).fill(absent);
}

export function hasValue(values: Float64Array): boolean {
  for (const value of values) if (value !== absent) return true;
  return false;
}

/** The labels that stay where a result is no longer the metric. */
export function withoutName(labels: Labels): Labels {
  return labels.drop([nameLabel]);
}

const sameLabels = "vector cannot contain metrics with the same labelset";

/** Joins columns that have come to have the same labels, as long as no step has two values. Throws QueryError `execution`. */
export function joinSame(columns: readonly Column[]): Column[] {
  const known = new Map<string, Column>();
  for (const column of columns) {
    if (!hasValue(column.values)) continue;
    const before = known.get(column.labels.key);
    known.set(column.labels.key, before === undefined ? column : { labels: column.labels, values: join(before.values, column.values) });
  }
  return [...known.values()];
}

function join(a: Float64Array, b: Float64Array): Float64Array {
  const joined = a.slice();
  for (let step = 0; step < b.length; step++) {
    const value = b[step] ?? absent;
    if (value === absent) continue;
    if (joined[step] !== absent) throw new QueryError("execution", sameLabels);
    joined[step] = value;
  }
  return joined;
}

/** Refuses columns of the same labels. Throws QueryError `execution`. */
export function refuseSame(columns: readonly Column[]): void {
  if (new Set(columns.map(({ labels }) => labels.key)).size !== columns.length) throw new QueryError("execution", sameLabels);
}

/** Whether any column has a value, step by step. */
export function anyAt(columns: readonly Column[], steps: number): Uint8Array {
  const any = new Uint8Array(steps);
  for (const { values } of columns) for (let step = 0; step < steps; step++) if (values[step] !== absent) any[step] = 1;
  return any;
}
