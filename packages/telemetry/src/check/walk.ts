import type { SyntaxNode } from "@lezer/common";
import { nearest } from "../options/nearest.ts";
import { isBare, isRate, type Use, useOf } from "./functions.ts";
import { textOf } from "./literal.ts";
import { deadValues, leProblem, type Matcher } from "./matcher.ts";
import type { QueryProblem, QueryRule } from "./problem.ts";
import type { KnownSeries, LabelValues } from "./series.ts";

/** Labels that an expression's series can have; `undefined` where nobody knows. */
export type Labels = ReadonlyMap<string, LabelValues> | undefined;
const none: Labels = new Map();

const only = (labels: Labels, keep: readonly string[]): Labels =>
  labels === undefined ? new Map(keep.map((label) => [label, undefined])) : new Map([...labels].filter(([label]) => keep.includes(label)));
const without = (labels: Labels, drop: readonly string[]): Labels =>
  labels && new Map([...labels].filter(([label]) => !drop.includes(label)));
const withMore = (labels: Labels, more: readonly string[]): Labels =>
  labels && new Map([...labels, ...more.map((label) => [label, undefined] as const)]);

/** One walk through the tree of a query: finds problems and knows at each expression which labels its series can have. */
export class Walk {
  readonly problems: QueryProblem[] = [];
  readonly named = new Set<string>();
  readonly #query: string;
  readonly #series: ReadonlyMap<string, KnownSeries>;

  constructor(query: string, series: ReadonlyMap<string, KnownSeries>) {
    this.#query = query;
    this.#series = series;
  }

  expression(node: SyntaxNode, use: Use): Labels {
    switch (node.name) {
      case "VectorSelector":
        return this.#selector(node, use);
      case "AggregateExpr":
        return this.#aggregate(node, use);
      case "BinaryExpr":
        return this.#binary(node);
      case "FunctionCall":
        return this.#call(node);
      case "NumberDurationLiteral":
      case "StringLiteral":
        return none;
      default: {
        // Parentheses, ranges, offsets, subqueries, signs: what stands inside is used as the whole is.
        const inside = node.getChild("Expr");
        return inside === null ? undefined : this.expression(inside, use);
      }
    }
  }

  #text(node: SyntaxNode): string {
    return this.#query.slice(node.from, node.to);
  }

  #report(rule: QueryRule, { from, to }: { readonly from: number; readonly to: number }, message: string): void {
    this.problems.push({ rule, from, to, message });
  }

  #selector(node: SyntaxNode, use: Use): Labels {
    const matchers = node.getChild("LabelMatchers");
    const name = this.#nameOf(node, matchers);
    if (name === undefined) {
      this.#report("unnamed", node, "a selector without a metric name reads whatever there is");
      return undefined;
    }
    this.named.add(name.text);
    const known = this.#series.get(name.text);
    if (known === undefined) {
      const near = nearest(name.text, [...this.#series.keys()]);
      this.#report("unknown-metric", name.node, `no series ${name.text}${near === undefined ? "" : `; did you mean ${near}?`}`);
      return undefined;
    }
    if (use === "growth" && known.type === "gauge") this.#report("rate-of-gauge", name.node, `${name.text} is a gauge: it has no rate`);
    if (use === "value" && known.type === "counter")
      this.#report("counter-value", name.node, `${name.text} is a counter: its value means nothing outside rate, irate or increase`);
    for (const each of this.#matchersOf(matchers)) this.#matcher(each, name.text, known);
    return known.labels;
  }

  #nameOf(node: SyntaxNode, matchers: SyntaxNode | null): { readonly text: string; readonly node: SyntaxNode } | undefined {
    const identifier = node.getChild("Identifier");
    if (identifier !== null) return { text: this.#text(identifier), node: identifier };
    const quoted = matchers?.getChild("QuotedLabelName");
    if (quoted) return { text: textOf(this.#text(quoted)), node: quoted };
    const byLabel = this.#matchersOf(matchers).find(({ matcher }) => matcher.label === "__name__" && matcher.operator === "=");
    return byLabel && { text: byLabel.matcher.value, node: byLabel.node };
  }

  #matchersOf(matchers: SyntaxNode | null): { readonly node: SyntaxNode; readonly matcher: Matcher }[] {
    const nodes = [...(matchers?.getChildren("UnquotedLabelMatcher") ?? []), ...(matchers?.getChildren("QuotedLabelMatcher") ?? [])];
    return nodes.flatMap((node) => {
      const [label, quoted] = [node.getChild("LabelName"), node.getChild("QuotedLabelName")];
      const [operator, value] = [node.getChild("MatchOp"), node.getChild("StringLiteral")];
      if (operator === null || value === null) return [];
      const name = label === null ? (quoted === null ? "" : textOf(this.#text(quoted))) : this.#text(label);
      return [{ node, matcher: { label: name, operator: this.#text(operator), value: textOf(this.#text(value)) } }];
    });
  }

  #matcher({ node, matcher }: { readonly node: SyntaxNode; readonly matcher: Matcher }, series: string, known: KnownSeries): void {
    const { label } = matcher;
    if (label === "__name__") return;
    if (label === "le") {
      const rule = leProblem(matcher, known.bounds);
      if (rule === "le-integer")
        this.#report(rule, node, `a whole bound is "2" by OTLP and "2.0" by a scrape: match both, as in le=~"2(\\\\.0)?"`);
      if (rule === "unknown-value") this.#report(rule, node, `${series} has no bucket ${matcher.value}`);
    }
    if (!this.#has(known.labels, label, node, series)) return;
    const dead = deadValues(matcher, known.labels?.get(label));
    if (dead.length > 0) this.#report("unknown-value", node, `${label} of ${series} is never ${dead.join(" or ")}`);
  }

  #has(labels: Labels, label: string, at: SyntaxNode, whose: string): boolean {
    if (labels === undefined || labels.has(label)) return true;
    const near = nearest(label, [...labels.keys()]);
    this.#report("unknown-label", at, `${whose} has no label ${label}${near === undefined ? "" : `; did you mean ${near}?`}`);
    return false;
  }

  /** Names in parentheses, each held against the labels it must be one of. */
  #grouping(node: SyntaxNode | null, sides: readonly Labels[]): string[] {
    const names = [...(node?.getChildren("LabelName") ?? []), ...(node?.getChildren("QuotedLabelName") ?? [])];
    return names.map((each) => {
      const label = each.name === "LabelName" ? this.#text(each) : textOf(this.#text(each));
      for (const side of sides) if (!this.#has(side, label, each, "what is grouped")) break;
      return label;
    });
  }

  #aggregate(node: SyntaxNode, use: Use): Labels {
    const operator = this.#text(node.getChild("AggregateOp") ?? node);
    const isPresence = operator === "count" || operator === "group";
    const inside = this.#arguments(node, isPresence ? "presence" : use === "presence" ? "presence" : "value");
    const labels = inside.at(-1);
    const modifier = node.getChild("AggregateModifier");
    const grouped = this.#grouping(modifier?.getChild("GroupingLabels") ?? null, [labels]);
    if (["topk", "bottomk", "limitk", "limit_ratio"].includes(operator)) return labels;
    const kept = modifier?.getChild("Without") ? without(labels, grouped) : only(labels, grouped);
    return operator === "count_values" ? withMore(kept, this.#strings(node).slice(0, 1)) : kept;
  }

  #arguments(node: SyntaxNode, use: Use): Labels[] {
    const body = node.getChild("FunctionCallBody");
    return (body?.getChildren("Expr") ?? []).map((each) => this.expression(each, use));
  }

  /** The string literals among the arguments. */
  #strings(node: SyntaxNode): string[] {
    return (node.getChild("FunctionCallBody")?.getChildren("StringLiteral") ?? []).map((each) => textOf(this.#text(each)));
  }

  #call(node: SyntaxNode): Labels {
    const name = this.#text(node.getChild("FunctionIdentifier") ?? node);
    const given = this.#arguments(node, useOf(name));
    const vector = given.find((labels) => labels !== none);
    const labels = given.includes(undefined) ? undefined : vector;
    if (isBare(name)) return none;
    if (isRate(name)) return labels;
    if (name === "histogram_quantile") {
      if (labels !== undefined && !labels.has("le"))
        this.#report("quantile-without-le", node, "the buckets are gone before the quantile: keep le in the aggregation");
      return without(labels, ["le"]);
    }
    if (name === "label_replace") return this.#relabel(node, labels, (strings) => [strings[2] ?? ""]);
    if (name === "label_join") return this.#relabel(node, labels, (strings) => strings.slice(2));
    return labels;
  }

  /** label_replace and label_join: their sources must exist, their target exists afterwards. */
  #relabel(node: SyntaxNode, labels: Labels, sourcesOf: (strings: readonly string[]) => readonly string[]): Labels {
    const strings = this.#strings(node);
    for (const source of sourcesOf(strings)) if (source !== "") this.#has(labels, source, node, "what is relabelled");
    return withMore(labels, strings.slice(0, 1));
  }

  #binary(node: SyntaxNode): Labels {
    const [left, right] = node.getChildren("Expr");
    if (left === undefined || right === undefined) return undefined;
    const operator = ["And", "Or", "Unless", "Div"].find((name) => node.getChild(name) !== null);
    if (operator === "Or" && this.#isCall(right, "vector"))
      this.#report("vector-zero", right, "missing telemetry would look healthy: leave no data as no data");
    if (operator === "Div" && this.#isCall(right, "clamp_min"))
      this.#report("clamp-min", right, "a floor below a denominator makes numbers up: divide by (x > 0)");
    const isFilter = operator === "And" || operator === "Unless";
    const labels = this.expression(left, "value");
    const others = this.expression(right, isFilter ? "presence" : "value");
    return this.#joined(node, { operator, labels, others });
  }

  /** Labels of the result of two sides: those that matched, and what group_left or group_right brings. */
  #joined(node: SyntaxNode, sides: { readonly operator: string | undefined; readonly labels: Labels; readonly others: Labels }): Labels {
    const { operator, labels, others } = sides;
    const clause = node.getChild("MatchingModifierClause");
    const [on = null, brought = null] = clause?.getChildren("GroupingLabels") ?? [];
    const matched = this.#grouping(on, [labels, others]);
    if (operator === "Or") return labels && others && new Map([...others, ...labels]);
    if (operator === "And" || operator === "Unless") return labels;
    // A number beside a vector leaves its labels.
    if (clause === null) return labels === none ? others : labels;
    if (clause.getChild("GroupLeft")) return withMore(labels, this.#grouping(brought, [others]));
    if (clause.getChild("GroupRight")) return withMore(others, this.#grouping(brought, [labels]));
    return clause.getChild("On") ? only(labels, matched) : without(labels, matched);
  }

  #isCall(node: SyntaxNode, name: string): boolean {
    const inside = node.name === "ParenExpr" || node.name === "OffsetExpr" ? node.getChild("Expr") : undefined;
    if (inside) return this.#isCall(inside, name);
    const identifier = node.name === "FunctionCall" ? node.getChild("FunctionIdentifier") : null;
    return identifier !== null && this.#text(identifier) === name;
  }
}
