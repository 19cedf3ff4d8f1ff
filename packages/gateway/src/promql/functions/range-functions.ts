import type { FunctionName } from "../signatures.ts";
import type { RangeFunction } from "../window.ts";
import * as overTime from "./over-time.ts";
import { changes, delta, idelta, increase, irate, rate, resets } from "./rate.ts";
import { deriv, predictLinear } from "./trend.ts";

/** Functions of a range. `absent_over_time` is made of `present_over_time`. */
export const rangeFunctions: Partial<Record<FunctionName, RangeFunction>> = {
  rate,
  irate,
  increase,
  delta,
  idelta,
  resets,
  changes,
  deriv,
  predict_linear: predictLinear,
  avg_over_time: overTime.average,
  min_over_time: overTime.min,
  max_over_time: overTime.max,
  sum_over_time: overTime.sum,
  count_over_time: overTime.count,
  last_over_time: overTime.last,
  present_over_time: overTime.present,
  absent_over_time: overTime.present,
  stddev_over_time: overTime.deviation,
  stdvar_over_time: overTime.variance,
  quantile_over_time: overTime.quantile,
};
