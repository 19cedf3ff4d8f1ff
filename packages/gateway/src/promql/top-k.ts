import { absent } from "../tsdb/sample.ts";
import { groupsOf } from "./aggregate.ts";
import type { Aggregate } from "./ast.ts";
import { type Column, emptyValues } from "./column.ts";
import { QueryError } from "./query-error.ts";

interface Entry {
  readonly member: number;
  readonly value: number;
}

/**
 * `topk` and `bottomk`: the k largest or smallest of each group at each step, under their own labels. Of equal ones the first stay, as a
 * heap of k would have it. At a single step they come in order. Throws QueryError `execution` where k is NaN.
 */
export function topK(expr: Aggregate, columns: readonly Column[], k: Float64Array): Column[] {
  if (k.some(Number.isNaN)) throw new QueryError("execution", "Parameter value is NaN");
  const isBefore = expr.op === "topk" ? isSmaller : isLarger;
  const found: Column[] = [];
  for (const { members } of groupsOf(expr, columns)) {
    const kept = members.map(({ values }) => emptyValues(values.length));
    let order: Entry[] = [];
    for (let step = 0; step < k.length; step++) {
      order = best(members, { step, k: Math.min(Math.trunc(k[step] ?? 0), columns.length), isBefore });
      for (const { member, value } of order) {
        const values = kept[member];
        if (values !== undefined) values[step] = value;
      }
    }
    const inOrder = k.length === 1 ? order.map(({ member }) => member) : members.map((_, member) => member);
    for (const member of inOrder) {
      const [column, values] = [members[member], kept[member]];
      if (column !== undefined && values !== undefined) found.push({ labels: column.labels, values });
    }
  }
  return found;
}

type Before = (a: number, b: number) => boolean;
const isSmaller: Before = (a, b) => Number.isNaN(a) || a < b;
const isLarger: Before = (a, b) => Number.isNaN(a) || a > b;

/** The k best, the best first. */
function best(
  members: readonly Column[],
  { step, k, isBefore }: { readonly step: number; readonly k: number; readonly isBefore: Before },
): Entry[] {
  if (k < 1) return [];
  const heap: Entry[] = [];
  for (const [member, { values }] of members.entries()) {
    const value = values[step] ?? absent;
    if (value === absent) continue;
    const worst = heap[0];
    if (heap.length < k || worst === undefined) rise(heap, { member, value }, isBefore);
    else if (isBefore(worst.value, value) && !(Number.isNaN(worst.value) && Number.isNaN(value))) sink(heap, { member, value }, isBefore);
  }
  return heap.toSorted((a, b) => {
    if (a.value === b.value || (Number.isNaN(a.value) && Number.isNaN(b.value))) return 0;
    return isBefore(a.value, b.value) ? 1 : -1;
  });
}

/** Adds an entry; the worst stands at the top. */
function rise(heap: Entry[], entry: Entry, isBefore: Before): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(entry.value, above.value)) break;
    heap[at] = above;
    heap[parent] = entry;
    at = parent;
  }
}

/** Replaces the worst. */
function sink(heap: Entry[], entry: Entry, isBefore: Before): void {
  heap[0] = entry;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const [first, second] = [heap[child], heap[child + 1]];
    if (first === undefined) return;
    if (second !== undefined && isBefore(second.value, first.value)) child++;
    const below = heap[child];
    if (below === undefined || !isBefore(below.value, entry.value)) return;
    heap[at] = below;
    heap[child] = entry;
    at = child;
  }
}
