import { metrics } from "../registry/metrics.ts";
import { prometheusLabel, prometheusName } from "../registry/prometheus-name.ts";
import type { CounterName, Metrics } from "../registry/types.ts";

/** Labels that every series carries beside its attributes (metrics.md §1): where it comes from. */
export const identityLabels = ["job", "instance", "cloud_region"] as const;
type Label<N extends CounterName> = (keyof Metrics[N]["attributes"] & string) | (typeof identityLabels)[number];
type Matchers<N extends CounterName> = { readonly [K in keyof Metrics[N]["attributes"]]?: string };

/** PromQL of a counter's rate over 5 minutes, summed by labels; a metric or label that the registry does not hold does not compile. */
export function rateSum<N extends CounterName>(name: N, by: readonly Label<N>[] = [], matchers: Matchers<N> = {}): string {
  const selected = Object.entries(matchers).map(([key, value]) => `${prometheusLabel(key)}="${String(value)}"`);
  const selector = selected.length === 0 ? "" : `{${selected.join(",")}}`;
  const grouping = by.length === 0 ? "" : ` by (${by.map(prometheusLabel).join(", ")}) `;
  return `sum${grouping}(rate(${prometheusName(name, metrics[name])}${selector}[5m]))`;
}

/** One over the other; nothing, not 0, where the denominator is 0 or absent. */
export function ratio(numerator: string, denominator: string): string {
  return `${numerator} / (${denominator} > 0)`;
}
