import type { Expr, VectorSelector } from "../promql/ast.ts";
import { parse } from "../promql/parse.ts";
import { nameLabel } from "../tsdb/labels.ts";
import type { Family } from "./sample-world.ts";

/** What is known of a metric from the expressions that name it: label → values. */
type Needed = Map<string, Map<string, Set<string>>>;

/** Where series of ours come from, by how their names begin. */
const origins: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
  ["moq_client_", { job: ["moq-player"], instance: ["gateway"] }],
  ["moq_publisher_", { job: ["moq-publisher"], instance: ["gateway"] }],
  ["moq_gateway_", { job: ["moq-gateway"], instance: ["gateway", "spare"] }],
  ["moq_relay_", { job: ["moq-relay"], instance: ["ams-1", "nyc-1"], cloud_region: ["eu"] }],
  ["moq_process_", { job: ["moq-relay"], instance: ["ams-1", "nyc-1"] }],
  ["process_", { job: ["moq-relay", "moq-gateway"], instance: ["ams-1", "nyc-1"] }],
];

/** Series that expressions ask for, each with every value that is asked for by name and one that is not; but for those that are `known`. */
export function neededFamilies(expressions: readonly string[], known: readonly Family[]): Family[] {
  const needed: Needed = new Map();
  for (const each of expressions) collect(parse(each), [], needed);
  const histograms = new Set([...needed.keys()].filter((name) => name.endsWith("_bucket")).map((name) => name.slice(0, -"_bucket".length)));
  const families = new Map<string, Family>();
  for (const [series, labels] of needed) {
    const base = series.replace(/_(?:bucket|count|sum)$/, "");
    const name = histograms.has(base) ? base : series;
    if (known.some((family) => family.name === name)) continue;
    const kind = histograms.has(base) ? "histogram" : series.endsWith("_total") ? "counter" : "gauge";
    const origin = origins.find(([prefix]) => series.startsWith(prefix))?.[1] ?? {};
    const asked = Object.fromEntries([...labels].map(([label, values]) => [label, [...values]]));
    families.set(name, { name, kind, labels: { ...families.get(name)?.labels, ...asked, ...origin } });
  }
  return [...families.values()];
}

function collect(expr: Expr, grouping: readonly string[], needed: Needed): void {
  switch (expr.kind) {
    case "number":
    case "string":
      return;
    case "selector":
      return note(expr, grouping, needed);
    case "range":
      return note(expr.selector, grouping, needed);
    case "call":
      for (const each of expr.args) collect(each, grouping, needed);
      return;
    case "aggregate":
      return collect(expr.expr, [...grouping, ...expr.grouping], needed);
    case "subquery":
    case "unary":
      return collect(expr.expr, grouping, needed);
    case "binary":
      collect(expr.left, grouping, needed);
      collect(expr.right, grouping, needed);
  }
}

function note({ matchers }: VectorSelector, grouping: readonly string[], needed: Needed): void {
  const name = matchers.find((each) => each.name === nameLabel)?.value ?? "";
  const labels = needed.get(name) ?? new Map<string, Set<string>>();
  needed.set(name, labels);
  const add = (label: string, values: readonly string[]): void => {
    if (label === nameLabel || label === "le") return;
    labels.set(label, new Set([...(labels.get(label) ?? []), ...values]));
  };
  for (const { name: label, value, op } of matchers)
    add(label, [...(op === "=" || op === "!=" ? [value] : value.split("|")), `${label}-b`]);
  for (const label of grouping) add(label, [`${label}-a`, `${label}-b`]);
}
