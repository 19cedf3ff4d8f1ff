import type { Expr, Shift } from "../promql/ast.ts";
import { lookbackMs, subqueryStepMs } from "../promql/scope.ts";

/** How far back from its moment an expression looks, milliseconds. A fixed moment (`@`) is not counted. */
export function reachMs(expr: Expr): number {
  switch (expr.kind) {
    case "number":
    case "string":
      return 0;
    case "selector":
      return shifted(expr.shift, lookbackMs);
    case "range":
      return shifted(expr.selector.shift, expr.rangeMs);
    case "subquery":
      return shifted(expr.shift, expr.rangeMs + (expr.stepMs ?? subqueryStepMs) + reachMs(expr.expr));
    case "call":
      return Math.max(0, ...expr.args.map(reachMs));
    case "aggregate":
      return Math.max(expr.parameter === undefined ? 0 : reachMs(expr.parameter), reachMs(expr.expr));
    case "unary":
      return reachMs(expr.expr);
    case "binary":
      return Math.max(reachMs(expr.left), reachMs(expr.right));
  }
}

function shifted({ offsetMs, at }: Shift, ms: number): number {
  return at === undefined ? Math.max(0, offsetMs + ms) : 0;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * What a rule lacks of history, for a person: nothing (`undefined`) where all of what it looks at can be there. `keptMs` is how far back the
 * store keeps.
 */
export function lackOfHistory(expr: Expr, keptMs: number): string | undefined {
  const reach = reachMs(expr);
  if (reach <= keptMs) return undefined;
  if (reach > hourMs * 24) return `needs ${Math.ceil(reach / dayMs)} days of history`;
  return `needs ${Math.ceil(reach / hourMs)} hours of history, memory holds ${Math.floor(keptMs / hourMs)}`;
}
