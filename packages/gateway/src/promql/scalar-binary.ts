import { absent } from "../tsdb/sample.ts";
import type { Binary } from "./ast.ts";
import { type Column, emptyValues, joinSame, withoutName } from "./column.ts";
import { arithmetic, comparison, isArithmetic, isComparison } from "./operators.ts";

/** Two scalars. */
export function scalars({ op }: Binary, left: Float64Array, right: Float64Array): Float64Array {
  return left.map((value, step) => {
    const other = right[step] ?? Number.NaN;
    if (isArithmetic(op)) return arithmetic[op](value, other);
    return isComparison(op) && comparison[op](value, other) ? 1 : 0;
  });
}

/** A vector and a scalar; `isSwapped`: the scalar stands on the left. A comparison keeps the value of the vector. */
export function vectorScalar(
  { op, returnBool }: Binary,
  columns: readonly Column[],
  scalar: { readonly values: Float64Array; readonly isSwapped: boolean },
): Column[] {
  const result = columns.map(({ labels, values }): Column => {
    const made = emptyValues(values.length);
    for (let step = 0; step < values.length; step++) {
      const value = values[step] ?? absent;
      if (value === absent) continue;
      const other = scalar.values[step] ?? Number.NaN;
      const [left, right] = scalar.isSwapped ? [other, value] : [value, other];
      if (isArithmetic(op)) made[step] = arithmetic[op](left, right);
      else if (isComparison(op)) made[step] = kept(comparison[op](left, right), value, returnBool);
    }
    return { labels: isArithmetic(op) || returnBool ? withoutName(labels) : labels, values: made };
  });
  return joinSame(result);
}

function kept(isTrue: boolean, value: number, returnBool: boolean): number {
  if (returnBool) return isTrue ? 1 : 0;
  return isTrue ? value : absent;
}
