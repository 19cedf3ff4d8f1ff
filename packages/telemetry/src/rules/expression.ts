/**
 * PromQL as text that knows which labels its series carry: two sides whose labels do not match, or a sum by a label that is not there, do
 * not compile.
 */
export interface Vector<L extends string> {
  readonly text: string;
  /** How tightly its outermost operator binds. */
  readonly binds: number;
  /** Never there: it ties the type to its labels. */
  readonly labels?: (of: L) => L;
}
/** A selector, before any function: only this can have a range or an offset. */
export interface Selector<L extends string> extends Vector<L> {
  readonly isSelector: true;
}
/** A selector of what only grows, which means nothing before `rate` or `increase`. */
export interface Counter<L extends string> {
  readonly counter: string;
  readonly labels?: (of: L) => L;
}
/** A duration of PromQL, or the one that Grafana puts in its place. */
export type Window = `${number}${"s" | "m" | "h" | "d"}` | "$__rate_interval" | "$__range";

/** Precedence of PromQL's operators. */
const precedence: Readonly<Record<string, number>> = {
  or: 1,
  unless: 2,
  and: 2,
  ">": 3,
  "<": 3,
  ">=": 3,
  "==": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
};
const tightest = 9;

type Operand = Pick<Vector<never>, "text" | "binds">;
const atom = <L extends string>(text: string): Vector<L> => ({ text, binds: tightest });
const number = (value: number | string): Operand => ({
  text: String(value),
  binds: typeof value === "number" ? tightest : (precedence["*"] ?? 0),
});

/** `modifier` is PromQL's `on (…)` and `group_left`. */
function binary<L extends string>(left: Operand, operator: string, right: Operand, modifier = ""): Vector<L> {
  const binds = precedence[operator] ?? tightest;
  const first = left.binds < binds ? `(${left.text})` : left.text;
  const second = right.binds <= binds ? `(${right.text})` : right.text;
  return { text: `${first} ${operator}${modifier} ${second}`, binds };
}

/** A selector as text. */
export function selector<L extends string>(text: string): Selector<L> {
  return { ...atom<L>(text), isSelector: true };
}

/** Per second, over a window. */
export function rate<L extends string>({ counter }: Counter<L>, window: Window): Vector<L> {
  return atom(`rate(${counter}[${window}])`);
}
/** Growth within a window. */
export function increase<L extends string>({ counter }: Counter<L>, window: Window): Vector<L> {
  return atom(`increase(${counter}[${window}])`);
}
/** One value out of a window of a gauge; `resets` counts how often it fell. */
export function over<L extends string>(
  what: "last_over_time" | "max_over_time" | "avg_over_time" | "resets",
  of: Selector<L>,
  window: Window,
): Vector<L> {
  return atom(`${what}(${of.text}[${window}])`);
}
/** The same as it was a while ago. */
export function before<L extends string>(of: Selector<L>, window: Window): Vector<L> {
  return { text: `${of.text} offset ${window}`, binds: precedence["*"] ?? 0 };
}

type Aggregation = "sum" | "max" | "min";
function aggregated<B extends string>(operation: Aggregation, of: Operand, by: readonly string[]): Vector<B> {
  const grouping = by.length === 0 ? "" : ` by (${by.map((label) => label.replace(/\W/g, "_")).join(", ")}) `;
  return atom(`${operation}${grouping}(${of.text})`);
}
/** Sum over everything but the labels `by`. */
export function sum<L extends string, const B extends L = never>(of: Vector<L>, ...by: readonly B[]): Vector<B> {
  return aggregated("sum", of, by);
}
export function max<L extends string, const B extends L = never>(of: Vector<L>, ...by: readonly B[]): Vector<B> {
  return aggregated("max", of, by);
}
export function min<L extends string, const B extends L = never>(of: Vector<L>, ...by: readonly B[]): Vector<B> {
  return aggregated("min", of, by);
}
/** Quantile of a histogram's buckets, by what is left of their labels. */
export function quantile<L extends string>(part: number, of: Vector<L | "le">): Vector<Exclude<L, "le">> {
  return atom(`histogram_quantile(${part}, ${of.text})`);
}
export function abs<L extends string>(of: Vector<L>): Vector<L> {
  return atom(`abs(${of.text})`);
}
/** 1 where nothing is found. */
export function absent<L extends string>(of: Selector<L>): Vector<never> {
  return atom(`absent(${of.text})`);
}

export function plus<L extends string>(left: Vector<L>, right: Vector<L>): Vector<L> {
  return binary(left, "+", right);
}
export function minus<L extends string>(left: Vector<L>, right: Vector<L>): Vector<L> {
  return binary(left, "-", right);
}
export function times<L extends string>(factor: number, of: Vector<L>): Vector<L> {
  return binary(number(factor), "*", of);
}
/** What is missing to 1. */
export function rest<L extends string>(of: Vector<L>): Vector<L> {
  return binary(number(1), "-", of);
}
/** One over the other; nothing, not 0 and not infinity, where the denominator is not above `least` or absent. */
export function ratio<L extends string>(numerator: Vector<L>, denominator: Vector<L>, least = 0): Vector<L> {
  return binary(numerator, "/", above(denominator, least));
}
/** Each of several over the one of the same instance. */
export function ratioOfInstance<L extends string>(
  numerator: Vector<L | "instance">,
  denominator: Vector<"instance">,
  least = 0,
): Vector<L | "instance"> {
  return binary(numerator, "/", above(denominator, least), " on (instance) group_left ()");
}

/** What passes a bound; the bound may be a product, such as `14.4 * 0.005`. */
export function above<L extends string>(of: Vector<L>, bound: number | string | Vector<L>): Vector<L> {
  return binary(of, ">", typeof bound === "object" ? bound : number(bound));
}
export function atLeast<L extends string>(of: Vector<L>, bound: number): Vector<L> {
  return binary(of, ">=", number(bound));
}
export function below<L extends string>(of: Vector<L>, bound: number | Vector<L>): Vector<L> {
  return binary(of, "<", typeof bound === "object" ? bound : number(bound));
}
export function equal<L extends string>(of: Vector<L>, value: number): Vector<L> {
  return binary(of, "==", number(value));
}
/** The first, where all hold. */
export function all<L extends string>(first: Vector<L>, ...others: readonly Vector<L>[]): Vector<L> {
  return others.reduce((left, right) => binary<L>(left, "and", right), first);
}
/** The first, where the fleet as a whole passes. */
export function whereFleet<L extends string>(first: Vector<L>, fleet: Vector<never>): Vector<L> {
  return binary(first, "and", fleet, " on ()");
}
/** The first, where the fleet as a whole does not. */
export function unlessFleet<L extends string>(first: Vector<L>, fleet: Vector<never>): Vector<L> {
  return binary(first, "unless", fleet, " on ()");
}
/** Always there. */
export const always: Vector<never> = atom("vector(1)");
/** The first, where the other is not. */
export function unless<L extends string>(first: Vector<L>, other: Vector<L>): Vector<L> {
  return binary(first, "unless", other);
}
