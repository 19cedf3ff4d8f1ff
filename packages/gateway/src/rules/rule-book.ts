import type { AlertGroup, RuleGroup } from "@moqscope/telemetry/rules";
import type { Binary, Expr, VectorSelector } from "../promql/ast.ts";
import { parse } from "../promql/parse.ts";
import { nameLabel } from "../tsdb/labels.ts";

/** What rules record, by name: an expression that names such a series needs what its rule needs. */
export class RuleBook {
  readonly #recorded = new Map<string, Expr>();

  constructor(groups: readonly (RuleGroup | AlertGroup)[]) {
    for (const { rules } of groups) {
      for (const rule of rules) if ("record" in rule) this.#recorded.set(rule.record, parse(rule.expr));
    }
  }

  /** The expression behind a selector of a recorded series. */
  recorded(selector: VectorSelector): Expr | undefined {
    const name = nameOf(selector);
    return name === undefined ? undefined : this.#recorded.get(name);
  }

  /**
   * The metric for want of which an expression has nothing to say: nobody has sent it. `undefined` where all that it needs is there, or
   * where it is about what is not there. `isThere` tells whether a metric has been sent.
   */
  missing(expr: Expr, isThere: (name: string) => boolean): string | undefined {
    const of = (inner: Expr): string | undefined => this.missing(inner, isThere);
    switch (expr.kind) {
      case "number":
      case "string":
        return undefined;
      case "selector": {
        const behind = this.recorded(expr);
        if (behind !== undefined) return of(behind);
        const name = nameOf(expr);
        return name === undefined || isThere(name) ? undefined : name;
      }
      case "range":
        return of(expr.selector);
      case "call":
        return expr.name.startsWith("absent") ? undefined : firstOf(expr.args, of);
      case "subquery":
      case "unary":
      case "aggregate":
        return of(expr.expr);
      case "binary":
        return missingOfBoth(expr, of);
    }
  }
}

function missingOfBoth({ op, left, right }: Binary, of: (expr: Expr) => string | undefined): string | undefined {
  if (op === "unless") return of(left);
  if (op === "or") return of(right) === undefined ? undefined : of(left);
  return firstOf([left, right], of);
}

function firstOf(exprs: readonly Expr[], of: (expr: Expr) => string | undefined): string | undefined {
  for (const each of exprs) {
    const found = of(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOf({ matchers }: VectorSelector): string | undefined {
  return matchers.find(({ name, op }) => name === nameLabel && op === "=")?.value;
}
