import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { QueryProblem } from "./problem.ts";
import { type KnownSeries, type LabelValues, registrySeries } from "./series.ts";
import { Walk } from "./walk.ts";

export interface QueryCheckerOptions {
  /** Series of others, by name: those of the collector, of Prometheus itself, of exporters. Wins over the registry. */
  readonly thirdParty?: Readonly<Record<string, Pick<KnownSeries, "type"> & { readonly labels?: readonly string[] }>>;
  /** Recording rules in the order of their evaluation; each may use those before it. Their labels are those of their expression. */
  readonly recorded?: readonly { readonly record: string; readonly expr: string }[];
}

/**
 * Holds PromQL against the registry: each metric, label and closed value that does not exist, and the mistakes that make a panel lie.
 * Read with the grammar of Prometheus 3 (`@prometheus-io/lezer-promql`, an optional peer of this package).
 */
export class QueryChecker {
  readonly #series: Map<string, KnownSeries>;

  constructor({ thirdParty = {}, recorded = [] }: QueryCheckerOptions = {}) {
    this.#series = new Map(registrySeries());
    for (const [name, { type, labels }] of Object.entries(thirdParty)) this.#series.set(name, { type, labels: labels && free(labels) });
    for (const { record, expr } of recorded) this.#series.set(record, { type: "gauge", labels: this.#walk(expr).labels });
  }

  /** The names of all series that a query may use. */
  get names(): Iterable<string> {
    return this.#series.keys();
  }

  /** Every problem of a query, in the order of its text; an empty list for a good one. */
  check(query: string): readonly QueryProblem[] {
    return this.#walk(query).problems.toSorted((a, b) => a.from - b.from || a.to - b.to);
  }

  /** Names of the series that a query reads, each once. A query that is no PromQL gives those that could be read. */
  seriesIn(query: string): readonly string[] {
    return [...this.#walk(query).named];
  }

  #walk(query: string): { readonly problems: readonly QueryProblem[]; readonly named: ReadonlySet<string>; readonly labels: Labels } {
    const tree = parser.parse(query);
    const walk = new Walk(query, this.#series);
    const broken = brokenAt(tree.topNode, query);
    const top = tree.topNode.getChild("Expr");
    const labels = top === null ? undefined : walk.expression(top, "value");
    // The tree of a broken query is a guess: what else is wrong in it may not be.
    return { problems: broken === undefined ? walk.problems : [broken], named: walk.named, labels };
  }
}

type Labels = ReadonlyMap<string, LabelValues> | undefined;

const free = (labels: readonly string[]): ReadonlyMap<string, LabelValues> => new Map(labels.map((label) => [label, undefined]));

/** Where the grammar had to guess, or `undefined`. */
function brokenAt(top: SyntaxNode, query: string): QueryProblem | undefined {
  let found: QueryProblem | undefined;
  const message = (from: number, to: number): string =>
    from === to ? `something is missing at position ${from}` : `unexpected ${JSON.stringify(query.slice(from, to))}`;
  top.cursor().iterate(({ type, from, to }) => {
    if (type.isError) found ??= { rule: "syntax", from, to, message: message(from, to) };
  });
  return found;
}
