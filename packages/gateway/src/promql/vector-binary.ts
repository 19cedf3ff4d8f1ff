import type { Labels } from "../tsdb/labels.ts";
import { absent } from "../tsdb/sample.ts";
import type { Binary, Matching } from "./ast.ts";
import { anyAt, type Column, emptyValues, joinSame, withoutName } from "./column.ts";
import { arithmetic, comparison, isArithmetic, isComparison } from "./operators.ts";
import { QueryError } from "./query-error.ts";
import { signatureBy } from "./signature.ts";

/** Steps at which both sides have any series: where one has none, nothing is matched and nothing can be wrong. */
interface Sides {
  readonly many: readonly Column[];
  readonly one: readonly Column[];
  readonly isAsked: Uint8Array;
}

/**
 * Arithmetic and comparison of two vectors (promql/engine.go, VectorBinop). Throws QueryError `execution` where the series that belong
 * together are not told apart.
 */
export function vectors(expr: Binary, left: readonly Column[], right: readonly Column[]): Column[] {
  const { matching } = expr;
  const steps = (left[0] ?? right[0])?.values.length ?? 0;
  const isSwapped = matching.card === "one-to-many";
  const leftAny = anyAt(left, steps);
  const isAsked = anyAt(right, steps).map((any, step) => any & (leftAny[step] ?? 0));
  const sides: Sides = { many: isSwapped ? right : left, one: isSwapped ? left : right, isAsked };

  const signature = signatureBy(matching);
  const ones = Map.groupBy(sides.one, ({ labels }) => signature(labels));
  for (const group of ones.values()) refuseDuplicates(group, sides, matching);
  const result: Column[] = [];
  for (const [key, group] of Map.groupBy(sides.many, ({ labels }) => signature(labels))) {
    const partners = ones.get(key);
    if (partners !== undefined) result.push(...matched(expr, group, partners));
  }
  return joinSame(result);
}

function refuseDuplicates(group: readonly Column[], { isAsked }: Sides, { card }: Matching): void {
  if (group.length < 2) return;
  for (let step = 0; step < isAsked.length; step++) {
    if (isAsked[step] === 0) continue;
    const [first, second] = group.filter(({ values }) => values[step] !== absent);
    if (first === undefined || second === undefined) continue;
    throw new QueryError(
      "execution",
      `found duplicate series for a match group on the ${card === "one-to-many" ? "left" : "right"} hand-side of the operation: ` +
        `[${first.labels.toString()}, ${second.labels.toString()}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
}

function matched(expr: Binary, many: readonly Column[], one: readonly Column[]): Column[] {
  const steps = many[0]?.values.length ?? 0;
  const { card } = expr.matching;
  /** Result labels that a step already has. */
  const taken = Array.from({ length: steps }, () => new Set<string>());
  const result: Column[] = [];
  for (const left of many) {
    for (const right of one) {
      const labels = resultLabels(expr, left.labels, right.labels);
      const values = emptyValues(steps);
      for (let step = 0; step < steps; step++) {
        const [mine = absent, other = absent] = [left.values[step], right.values[step]];
        if (mine === absent || other === absent) continue;
        const key = card === "one-to-one" ? "" : labels.key;
        if (taken[step]?.has(key) === true) throw new QueryError("execution", ambiguous(card));
        taken[step]?.add(key);
        values[step] = card === "one-to-many" ? operate(expr, other, mine) : operate(expr, mine, other);
      }
      result.push({ labels, values });
    }
  }
  return result;
}

function ambiguous(card: Matching["card"]): string {
  if (card === "one-to-one") return "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
  return "multiple matches for labels: grouping labels must ensure unique matches";
}

function operate({ op, returnBool }: Binary, left: number, right: number): number {
  if (isArithmetic(op)) return arithmetic[op](left, right);
  const isTrue = isComparison(op) && comparison[op](left, right);
  if (returnBool) return isTrue ? 1 : 0;
  return isTrue ? left : absent;
}

/** The many side's labels, narrowed to what was matched on where both sides are single, with those taken from the one side. */
function resultLabels({ op, matching, returnBool }: Binary, many: Labels, one: Labels): Labels {
  let labels = isArithmetic(op) || returnBool ? withoutName(many) : many;
  if (matching.card === "one-to-one") labels = matching.on ? labels.keep(matching.labels) : labels.drop(matching.labels);
  for (const name of matching.include) labels = labels.with(name, one.get(name));
  return labels;
}
