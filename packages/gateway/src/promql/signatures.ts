import type { ValueType } from "./ast.ts";

/** What a function takes and gives. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be missing; -1: the last one may stand any number of times, also none. */
  readonly optional?: number;
  readonly returns: ValueType;
}

const overTime: Signature = { args: ["matrix"], returns: "vector" };
const perSample: Signature = { args: ["vector"], returns: "vector" };

/** Every function that is evaluated here; any other name is refused. */
export const signatures = {
  rate: overTime,
  irate: overTime,
  increase: overTime,
  delta: overTime,
  idelta: overTime,
  deriv: overTime,
  resets: overTime,
  changes: overTime,
  predict_linear: { args: ["matrix", "scalar"], returns: "vector" },
  avg_over_time: overTime,
  min_over_time: overTime,
  max_over_time: overTime,
  sum_over_time: overTime,
  count_over_time: overTime,
  last_over_time: overTime,
  present_over_time: overTime,
  absent_over_time: overTime,
  stddev_over_time: overTime,
  stdvar_over_time: overTime,
  quantile_over_time: { args: ["scalar", "matrix"], returns: "vector" },
  histogram_quantile: { args: ["scalar", "vector"], returns: "vector" },
  abs: perSample,
  ceil: perSample,
  floor: perSample,
  exp: perSample,
  ln: perSample,
  log2: perSample,
  log10: perSample,
  sqrt: perSample,
  sgn: perSample,
  round: { args: ["vector", "scalar"], optional: 1, returns: "vector" },
  clamp: { args: ["vector", "scalar", "scalar"], returns: "vector" },
  clamp_min: { args: ["vector", "scalar"], returns: "vector" },
  clamp_max: { args: ["vector", "scalar"], returns: "vector" },
  absent: perSample,
  timestamp: perSample,
  sort: perSample,
  sort_desc: perSample,
  scalar: { args: ["vector"], returns: "scalar" },
  vector: { args: ["scalar"], returns: "vector" },
  time: { args: [], returns: "scalar" },
  label_replace: { args: ["vector", "string", "string", "string", "string"], returns: "vector" },
  label_join: { args: ["vector", "string", "string", "string"], optional: -1, returns: "vector" },
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof signatures;

export function signatureOf(name: string): Signature | undefined {
  return Object.hasOwn(signatures, name) ? signatures[name as FunctionName] : undefined;
}

/** Aggregations that are evaluated here, with the type of their parameter. */
export const aggregations = {
  sum: undefined,
  avg: undefined,
  count: undefined,
  min: undefined,
  max: undefined,
  group: undefined,
  stddev: undefined,
  stdvar: undefined,
  quantile: "scalar",
  topk: "scalar",
  bottomk: "scalar",
} as const satisfies Record<string, ValueType | undefined>;

/** Operators that are evaluated here. */
export const operators = ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"] as const;
export const comparisons: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
export const setOperators: ReadonlySet<string> = new Set(["and", "or", "unless"]);
