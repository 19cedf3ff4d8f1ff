import { absent } from "../tsdb/sample.ts";
import { aggregateColumns } from "./aggregate.ts";
import type { Aggregate, Binary, Expr, SetOp } from "./ast.ts";
import { type Column, joinSame, type Value, withoutName } from "./column.ts";
import { evalCall } from "./eval-call.ts";
import { selectorColumns } from "./eval-selector.ts";
import { warnOfQuantile } from "./functions/quantile-warning.ts";
import { QueryError } from "./query-error.ts";
import { scalars, vectorScalar } from "./scalar-binary.ts";
import type { Scope } from "./scope.ts";
import { setOperation } from "./set-binary.ts";
import { setOperators } from "./signatures.ts";
import { topK } from "./top-k.ts";
import { vectors } from "./vector-binary.ts";

/** Evaluates an expression at every moment of the scope's timeline. Throws QueryError. */
export async function evaluate(expr: Expr, scope: Scope): Promise<Value> {
  switch (expr.kind) {
    case "number":
      return { type: "scalar", values: new Float64Array(scope.timeline.steps).fill(expr.value) };
    case "string":
      return { type: "string", text: expr.value };
    case "selector":
      return { type: "vector", columns: await selectorColumns(expr, scope) };
    case "call":
      return evalCall(expr, scope, evaluate);
    case "aggregate":
      return { type: "vector", columns: await aggregated(expr, scope) };
    case "unary":
      return signed(expr.op, await evaluate(expr.expr, scope));
    case "binary":
      return binaryValue(expr, scope);
    case "range":
    case "subquery":
      throw new QueryError("execution", "a range vector stands where its samples are not asked for");
  }
}

async function aggregated(expr: Aggregate, scope: Scope): Promise<Column[]> {
  const parameter = expr.parameter === undefined ? undefined : await evaluate(expr.parameter, scope);
  const inner = await evaluate(expr.expr, scope);
  const columns = inner.type === "vector" ? inner.columns : [];
  scope.budget.spend(columns.length * scope.timeline.steps);
  await scope.budget.breathe();
  const values = parameter?.type === "scalar" ? parameter.values : undefined;
  if (expr.op === "topk" || expr.op === "bottomk") return topK(expr, columns, values ?? new Float64Array(scope.timeline.steps));
  if (expr.op === "quantile" && values !== undefined) warnOfQuantile(values, scope.notes, expr.parameter ?? expr);
  return aggregateColumns(expr, columns, values);
}

function signed(op: "+" | "-", value: Value): Value {
  if (op === "+" || value.type === "string") return value;
  if (value.type === "scalar") return { type: "scalar", values: value.values.map((each) => -each) };
  const negated = value.columns.map(({ labels, values }) => ({
    labels: withoutName(labels),
    values: values.map((each) => (each === absent ? absent : -each)),
  }));
  return { type: "vector", columns: joinSame(negated) };
}

async function binaryValue(expr: Binary, scope: Scope): Promise<Value> {
  const left = await evaluate(expr.left, scope);
  const right = await evaluate(expr.right, scope);
  const size = (value: Value): number => (value.type === "vector" ? value.columns.length : 1);
  scope.budget.spend(Math.max(size(left), size(right)) * scope.timeline.steps);
  await scope.budget.breathe();
  if (left.type === "scalar" && right.type === "scalar") return { type: "scalar", values: scalars(expr, left.values, right.values) };
  return { type: "vector", columns: binaryColumns(expr, left, right) };
}

function binaryColumns(expr: Binary, left: Value, right: Value): Column[] {
  if (left.type === "scalar" && right.type === "vector") {
    return vectorScalar(expr, right.columns, { values: left.values, isSwapped: true });
  }
  if (left.type === "vector" && right.type === "scalar") {
    return vectorScalar(expr, left.columns, { values: right.values, isSwapped: false });
  }
  if (left.type !== "vector" || right.type !== "vector") return [];
  if (isSetOperator(expr.op)) return setOperation(expr.op, expr.matching, left.columns, right.columns);
  return vectors(expr, left.columns, right.columns);
}

function isSetOperator(op: string): op is SetOp {
  return setOperators.has(op);
}
