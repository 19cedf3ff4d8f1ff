import { type Counter, quantile, rate, sum } from "@moqscope/telemetry/promql";
import type { Query } from "./panels.ts";

/** A line for each quantile of a histogram's buckets; exemplars belong to the highest. */
export function quantiles<L extends string>(of: Counter<L | "le">, parts: readonly number[], name: string, exemplars = false): Query[] {
  return parts.map((part, at) => ({
    of: quantile(part, sum<L | "le", "le">(rate(of, "$__rate_interval"), "le")),
    as: `${name} p${Math.round(part * 100)}`,
    exemplars: exemplars && at === parts.length - 1,
  }));
}
