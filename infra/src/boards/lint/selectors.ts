import type { SyntaxNode } from "@lezer/common";
import { withoutVariables } from "@moqscope/telemetry/check";
import { parser } from "@prometheus-io/lezer-promql";

/** What a query reads, and how. */
export interface SelectorUse {
  readonly name: string;
  readonly matchers: ReadonlyMap<string, string>;
  /** By which labels the aggregations around it group, outermost last; undefined where one of them groups `without`. */
  readonly groupings: readonly (readonly string[] | undefined)[];
}

/** Every selector of a query of Grafana that has the name of a metric. */
export function selectorsOf(query: string): readonly SelectorUse[] {
  const text = withoutVariables(query);
  const found: SelectorUse[] = [];
  parser.parse(text).iterate({
    enter({ name, node }) {
      if (name !== "VectorSelector") return;
      const identifier = node.getChild("Identifier");
      if (identifier === null) return;
      const of = (each: SyntaxNode | null): string => (each === null ? "" : text.slice(each.from, each.to));
      const matchers = (node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map((each): [string, string] => [
        of(each.getChild("LabelName")),
        of(each.getChild("StringLiteral")).slice(1, -1),
      ]);
      found.push({ name: of(identifier), matchers: new Map(matchers), groupings: groupingsAround(node, of) });
    },
  });
  return found;
}

function groupingsAround(node: SyntaxNode, of: (each: SyntaxNode | null) => string): (readonly string[] | undefined)[] {
  const groupings: (readonly string[] | undefined)[] = [];
  for (let up = node.parent; up !== null; up = up.parent) {
    if (up.name !== "AggregateExpr") continue;
    const modifier = up.getChild("AggregateModifier");
    const labels = modifier?.getChild("GroupingLabels")?.getChildren("LabelName") ?? [];
    groupings.push(modifier?.getChild("Without") ? undefined : labels.map(of));
  }
  return groupings;
}
