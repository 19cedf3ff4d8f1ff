import type { Aggregate, AggregateOp, Expr, ValueType } from "./ast.ts";
import { typeOfExpr } from "./check.ts";
import type { Cursor } from "./cursor.ts";
import { labelNames } from "./parse-binary.ts";
import type { Builder } from "./parse-selector.ts";
import { aggregations } from "./signatures.ts";

/** `sum by (label) (expression)`. */
export function aggregate(at: Cursor, builder: Builder): Aggregate {
  const name = at.need("AggregateOp");
  const op = name.text.toLowerCase();
  if (!isAggregateOp(op)) throw name.refuse(`aggregation ${JSON.stringify(name.text)} is not supported by this store`);
  const args = at
    .need("FunctionCallBody")
    .children("Expr")
    .map((each) => builder.expr(each));
  const parameterType: ValueType | undefined = aggregations[op];
  const wanted = parameterType === undefined ? 1 : 2;
  if (args.length !== wanted)
    throw at.refuse(`wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`);
  const parameter = wanted === 2 ? args[0] : undefined;
  if (parameterType !== undefined && parameter !== undefined) need(parameter, parameterType, at);
  const expr = args[wanted - 1];
  if (expr === undefined) throw at.refuse("no arguments for aggregate expression provided");
  need(expr, "vector", at);
  const modifier = at.child("AggregateModifier");
  const grouping = modifier === undefined ? [] : labelNames(modifier.need("GroupingLabels"));
  return { kind: "aggregate", op, expr, parameter, without: modifier?.child("Without") !== undefined, grouping, from: at.from, to: at.to };
}

function isAggregateOp(op: string): op is AggregateOp {
  return Object.hasOwn(aggregations, op);
}

function need(expr: Expr, type: ValueType, at: Cursor): void {
  const found = typeOfExpr(expr);
  if (found !== type) throw at.refuse(`expected type ${type} in aggregation, got ${found}`);
}
