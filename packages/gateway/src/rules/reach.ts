import type { Expr, Shift, VectorSelector } from "../promql/ast.ts";
import { lookbackMs, subqueryStepMs } from "../promql/scope.ts";
import type { RuleBook } from "./rule-book.ts";

/**
 * How far back from its moment an expression looks, milliseconds; a series that a rule records looks as far as its rule. A fixed moment
 * (`@`) is not counted.
 */
export function reachMs(expr: Expr, book: RuleBook): number {
  const reach = (of: Expr): number => reachMs(of, book);
  switch (expr.kind) {
    case "number":
    case "string":
      return 0;
    case "selector":
      return shifted(expr.shift, behind(expr, book) ?? lookbackMs);
    case "range":
      return shifted(expr.selector.shift, expr.rangeMs + (behind(expr.selector, book) ?? 0));
    case "subquery":
      return shifted(expr.shift, expr.rangeMs + (expr.stepMs ?? subqueryStepMs) + reach(expr.expr));
    case "call":
      return Math.max(0, ...expr.args.map(reach));
    case "aggregate":
      return Math.max(expr.parameter === undefined ? 0 : reach(expr.parameter), reach(expr.expr));
    case "unary":
      return reach(expr.expr);
    case "binary":
      return Math.max(reach(expr.left), reach(expr.right));
  }
}

function behind(selector: VectorSelector, book: RuleBook): number | undefined {
  const recorded = book.recorded(selector);
  return recorded === undefined ? undefined : reachMs(recorded, book);
}

function shifted({ offsetMs, at }: Shift, ms: number): number {
  return at === undefined ? Math.max(0, offsetMs + ms) : 0;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * What a rule lacks of history, for a person: nothing (`undefined`) where all of what it looks at can be there. `reach` is how far back it
 * looks, `keptMs` how far back the store keeps.
 */
export function lackOfHistory(reach: number, keptMs: number): string | undefined {
  if (reach <= keptMs) return undefined;
  if (reach > hourMs * 24) return `needs ${Math.ceil(reach / dayMs)} days of history`;
  return `needs ${Math.ceil(reach / hourMs)} hours of history, memory holds ${Math.floor(keptMs / hourMs)}`;
}
