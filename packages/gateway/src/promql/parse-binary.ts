import type { Binary, BinaryOp, Expr, Matching } from "./ast.ts";
import { typeOfExpr } from "./check.ts";
import type { Cursor } from "./cursor.ts";
import { unquote } from "./literals.ts";
import type { Builder } from "./parse-selector.ts";
import { comparisons, operators, setOperators } from "./signatures.ts";

/** `left op right` with what stands between. */
export function binary(at: Cursor, builder: Builder): Expr {
  const [left, right] = at.children("Expr");
  const operator = at.children()[1];
  if (left === undefined || right === undefined || operator === undefined) throw at.refuse("a binary operator has two sides");
  const op = operator.text as BinaryOp;
  if (!operators.includes(op)) throw operator.refuse(`operator ${JSON.stringify(op)} is not supported by this store`);
  const fill = at.child("FillModifier");
  if (fill !== undefined) throw fill.refuse("fill modifiers are not supported by this store");
  const expr: Binary = {
    kind: "binary",
    op,
    left: builder.expr(left),
    right: builder.expr(right),
    matching: matchingOf(at, op),
    returnBool: at.child("BoolModifier") !== undefined,
    from: at.from,
    to: at.to,
  };
  check(expr, at);
  return expr.op === "^" && left.name === "NumberDurationLiteral" ? signLast(expr) : expr;
}

/** `-2 ^ x` is `-(2 ^ x)`; the grammar reads the sign as a part of the number. */
function signLast(expr: Binary): Expr {
  const { left } = expr;
  if (left.kind !== "number" || !(left.value < 0)) return expr;
  return { kind: "unary", op: "-", expr: { ...expr, left: { ...left, value: -left.value } }, from: expr.from, to: expr.to };
}

function matchingOf(at: Cursor, op: BinaryOp): Matching {
  const clause = at.child("MatchingModifierClause");
  const isSet = setOperators.has(op);
  const plain = isSet ? "many-to-many" : "one-to-one";
  if (clause === undefined) return { card: plain, on: false, labels: [], include: [] };
  const [labels, include] = clause.children("GroupingLabels");
  const on = clause.child("On") !== undefined;
  const names = labels === undefined ? [] : labelNames(labels);
  const side = clause.child("GroupLeft") ?? clause.child("GroupRight");
  if (side === undefined) return { card: plain, on, labels: names, include: [] };
  if (isSet) throw side.refuse("no grouping allowed for set operations");
  const included = include === undefined ? [] : labelNames(include);
  const twice = on ? included.find((name) => names.includes(name)) : undefined;
  if (twice !== undefined) throw side.refuse(`label ${JSON.stringify(twice)} must not occur in ON and GROUP clause at once`);
  return { card: side.name === "GroupLeft" ? "many-to-one" : "one-to-many", on, labels: names, include: included };
}

/** The names in `(a, b)`. */
export function labelNames(at: Cursor): string[] {
  return at.children().flatMap((each) => {
    if (each.name === "LabelName") return [each.text];
    if (each.name !== "QuotedLabelName") return [];
    const text = unquote(each.text);
    if (text === undefined) throw each.refuse(`invalid string ${each.text}`);
    return [text];
  });
}

function check({ op, left, right, returnBool }: Binary, at: Cursor): void {
  const types = [typeOfExpr(left), typeOfExpr(right)];
  if (types.some((type) => type !== "scalar" && type !== "vector")) {
    throw at.refuse("binary expression must contain only scalar and instant vector types");
  }
  const isComparison = comparisons.has(op);
  if (returnBool && !isComparison) throw at.refuse("bool modifier can only be used on comparison operators");
  if (isComparison && !returnBool && types.every((type) => type === "scalar")) {
    throw at.refuse("comparisons between scalars must use BOOL modifier");
  }
  if (setOperators.has(op) && types.includes("scalar")) {
    throw at.refuse(`set operator ${JSON.stringify(op)} not allowed in binary scalar expression`);
  }
  if (at.child("MatchingModifierClause") !== undefined && types.includes("scalar")) {
    throw at.refuse("vector matching only allowed between instant vectors");
  }
}
