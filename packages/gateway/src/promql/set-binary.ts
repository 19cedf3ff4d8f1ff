import { absent } from "../tsdb/sample.ts";
import type { Matching, SetOp } from "./ast.ts";
import { anyAt, type Column, joinSame } from "./column.ts";
import { signatureBy } from "./signature.ts";

/** `and`, `or` and `unless`, decided anew at each step. */
export function setOperation(op: SetOp, matching: Matching, left: readonly Column[], right: readonly Column[]): Column[] {
  const steps = (left[0] ?? right[0])?.values.length ?? 0;
  switch (op) {
    case "and":
      return filter(left, presence(right, matching, steps), { matching, wanted: 1 });
    case "unless":
      return filter(left, presence(right, matching, steps), { matching, wanted: 0 });
    case "or":
      return joinSame([...left, ...filter(right, presence(left, matching, steps), { matching, wanted: 0 })]);
  }
}

/** Per signature, at which steps there is a series of it. */
function presence(columns: readonly Column[], matching: Matching, steps: number): ReadonlyMap<string, Uint8Array> {
  const signature = signatureBy(matching);
  const groups = Map.groupBy(columns, ({ labels }) => signature(labels));
  return new Map([...groups].map(([key, members]) => [key, anyAt(members, steps)]));
}

function filter(
  columns: readonly Column[],
  others: ReadonlyMap<string, Uint8Array>,
  { matching, wanted }: { readonly matching: Matching; readonly wanted: 0 | 1 },
): Column[] {
  const signature = signatureBy(matching);
  return joinSame(
    columns.map(({ labels, values }) => {
      const other = others.get(signature(labels));
      return { labels, values: values.map((value, step) => ((other?.[step] ?? 0) === wanted ? value : absent)) };
    }),
  );
}
