import type { FunctionName } from "../signatures.ts";

/** Numbers that a function takes beside the sample, at one step. */
type SampleFunction = (value: number, first: number, second: number) => number;

/** Prometheus rounds halves up, and multiplies by the inverse because that is more exact. */
function round(value: number, nearest: number): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** As Go has them: an infinity wins also over NaN. */
function larger(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);
}
function smaller(a: number, b: number): number {
  return a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);
}

function sign(value: number): number {
  if (value < 0) return -1;
  return value > 0 ? 1 : value;
}

/** Functions of one sample; a missing parameter is 1 (`round`). */
export const sampleFunctions: Partial<Record<FunctionName, SampleFunction>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sgn: sign,
  round: (value, nearest) => round(value, nearest),
  clamp: (value, low, high) => larger(low, smaller(high, value)),
  clamp_min: (value, low) => larger(low, value),
  clamp_max: (value, high) => smaller(high, value),
};
