import type { ArithmeticOp, ComparisonOp } from "./ast.ts";

export const arithmetic: Readonly<Record<ArithmeticOp, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": power,
  atan2: Math.atan2,
};

export const comparison: Readonly<Record<ComparisonOp, (left: number, right: number) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  ">=": (left, right) => left >= right,
  "<=": (left, right) => left <= right,
};

/** As Go has it: 1 to any power, also NaN, and -1 to an infinite one are 1. */
function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && Math.abs(right) === Number.POSITIVE_INFINITY)) return 1;
  return left ** right;
}

export function isArithmetic(op: string): op is ArithmeticOp {
  return Object.hasOwn(arithmetic, op);
}
export function isComparison(op: string): op is ComparisonOp {
  return Object.hasOwn(comparison, op);
}
