import type { buckets } from "../registry/buckets.ts";
import { metrics } from "../registry/metrics.ts";
import { prometheusLabel, prometheusName } from "../registry/prometheus-name.ts";
import type { CounterName, GaugeName, HistogramName, MetricName, Metrics, UpDownCounterName, ValueOf } from "../registry/types.ts";
import { type Counter, type Selector, selector } from "./expression.ts";

/** Labels that every series carries beside its attributes (metrics.md §1): where it comes from. */
type Identity = "job" | "instance" | "cloud_region";
/** Services whose names stand in `job`. */
export type Job = "moq-player" | "moq-publisher" | "moq-relay" | "moq-gateway";

type Attributes<N extends MetricName> = Metrics[N]["attributes"];
/** Labels of a metric's series. */
export type LabelOf<N extends MetricName> = (keyof Attributes<N> & string) | Identity;
/** What Grafana puts in the place of a variable of a dashboard: some values, or all. */
export interface Variable {
  readonly variable: string;
}
/** A value, all but one, some, all but some, or those of a variable. */
type Match<V> = V | { readonly not: V } | { readonly in: readonly V[] } | { readonly notIn: readonly V[] } | Variable;
/** What is selected of a metric; a label or value that it does not have does not compile. */
export type Where<N extends MetricName> = { readonly [K in keyof Attributes<N>]?: Match<ValueOf<Attributes<N>[K]>> } & {
  readonly job?: Job | Variable;
  readonly instance?: Variable;
  readonly cloud_region?: Variable;
};
type BoundOf<N extends HistogramName> = Metrics[N] extends { readonly buckets: infer B extends keyof typeof buckets }
  ? (typeof buckets)[B][number]
  : never;

/** A counter. */
export function counter<N extends CounterName>(name: N, where: Where<N> = {}): Counter<LabelOf<N>> {
  return { counter: `${nameOf(name)}${matchers(where)}` };
}
/** A counter as it is, for `absent`. */
export function selectorOf<L extends string>({ counter: text }: Counter<L>): Selector<L> {
  return selector(text);
}
/** A gauge or an up-down counter. */
export function gauge<N extends GaugeName | UpDownCounterName>(name: N, where: Where<N> = {}): Selector<LabelOf<N>> {
  return selector(`${nameOf(name)}${matchers(where)}`);
}
/** How often a histogram was fed. */
export function samples<N extends HistogramName>(name: N, where: Where<N> = {}): Counter<LabelOf<N>> {
  return { counter: `${nameOf(name)}_count${matchers(where)}` };
}
/** What a histogram was fed, added up. */
export function sums<N extends HistogramName>(name: N, where: Where<N> = {}): Counter<LabelOf<N>> {
  return { counter: `${nameOf(name)}_sum${matchers(where)}` };
}
/** The buckets of a histogram. */
export function bucketsOf<N extends HistogramName>(name: N, where: Where<N> = {}): Counter<LabelOf<N> | "le"> {
  return { counter: `${nameOf(name)}_bucket${matchers(where)}` };
}
/**
 * How often a histogram was fed at most a bound of its own. A whole number is written with and without its fraction: OTLP gives `le="2"`,
 * a scrape `le="2.0"` (metrics.md §1).
 */
export function atMost<N extends HistogramName>(name: N, bound: BoundOf<N>, where: Where<N> = {}): Counter<LabelOf<N>> {
  const le = Number.isInteger(bound) ? `le=~"${String(bound)}(\\\\.0)?"` : `le="${String(bound)}"`;
  return { counter: `${nameOf(name)}_bucket${matchers(where, le)}` };
}

function nameOf(name: MetricName): string {
  return prometheusName(name, metrics[name]);
}

function matchers(where: Readonly<Record<string, Match<string> | undefined>>, more?: string): string {
  const all = Object.entries(where).flatMap(([key, match]) => (match === undefined ? [] : [`${prometheusLabel(key)}${matcher(match)}`]));
  if (more !== undefined) all.push(more);
  return all.length === 0 ? "" : `{${all.join(",")}}`;
}

function matcher(match: Match<string>): string {
  if (typeof match === "string") return `="${match}"`;
  if ("variable" in match) return `=~"$${match.variable}"`;
  if ("not" in match) return `!="${match.not}"`;
  return "in" in match ? `=~"${match.in.join("|")}"` : `!~"${match.notIn.join("|")}"`;
}
