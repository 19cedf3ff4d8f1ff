import type { Matcher } from "../tsdb/matcher.ts";
import type { Span } from "./query-error.ts";

export type ValueType = "scalar" | "vector" | "matrix" | "string";

export type ArithmeticOp = "+" | "-" | "*" | "/" | "%" | "^" | "atan2";
export type ComparisonOp = "==" | "!=" | ">" | "<" | ">=" | "<=";
export type SetOp = "and" | "or" | "unless";
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp;

export type AggregateOp = "sum" | "avg" | "count" | "min" | "max" | "group" | "stddev" | "stdvar" | "quantile" | "topk" | "bottomk";

/** Another time than the evaluation's: `@`, then `offset` back from it. */
export interface Shift {
  readonly offsetMs: number;
  /** Epoch milliseconds, or the bounds of the whole query. */
  readonly at: number | "start" | "end" | undefined;
}

export interface NumberLiteral extends Span {
  readonly kind: "number";
  readonly value: number;
}
export interface StringLiteral extends Span {
  readonly kind: "string";
  readonly value: string;
}
export interface VectorSelector extends Span {
  readonly kind: "selector";
  readonly matchers: readonly Matcher[];
  readonly shift: Shift;
}
export interface MatrixSelector extends Span {
  readonly kind: "range";
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}
export interface Subquery extends Span {
  readonly kind: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  /** `undefined`: the default resolution. */
  readonly stepMs: number | undefined;
  readonly shift: Shift;
}
export interface Call extends Span {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expr[];
}
export interface Aggregate extends Span {
  readonly kind: "aggregate";
  readonly op: AggregateOp;
  readonly expr: Expr;
  readonly parameter: Expr | undefined;
  readonly without: boolean;
  readonly grouping: readonly string[];
}
export interface Unary extends Span {
  readonly kind: "unary";
  readonly op: "+" | "-";
  readonly expr: Expr;
}
/** Which series of both sides belong together. */
export interface Matching {
  readonly card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels that the many side takes from the one side. */
  readonly include: readonly string[];
}
export interface Binary extends Span {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly matching: Matching;
  readonly returnBool: boolean;
}

export type Expr = NumberLiteral | StringLiteral | VectorSelector | MatrixSelector | Subquery | Call | Aggregate | Unary | Binary;

/** The type of what an expression gives; functions are asked of their table by the parser before. */
export function typeOf(expr: Expr, returns: (name: string) => ValueType): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregate":
      return "vector";
    case "range":
    case "subquery":
      return "matrix";
    case "call":
      return returns(expr.name);
    case "unary":
      return typeOf(expr.expr, returns);
    case "binary":
      return typeOf(expr.left, returns) === "scalar" && typeOf(expr.right, returns) === "scalar" ? "scalar" : "vector";
  }
}
