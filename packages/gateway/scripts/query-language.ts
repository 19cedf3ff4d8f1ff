/**
 * The part of docs/gateway-query.md that says what is evaluated: every aggregation, function and operator with how often our expressions
 * use it.
 */
import type { Expr } from "../src/promql/ast.ts";
import { parse } from "../src/promql/parse.ts";
import { aggregations, operators, type Signature, signatures } from "../src/promql/signatures.ts";
import { expressions } from "../src/testing/expressions.ts";

const begin = "<!-- generated: pnpm generate -->";
const end = "<!-- end of generated -->";

/** The page with its generated part made anew. Throws where the marks are missing. */
export function withLanguage(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${language()}\n${end}${after}`;
}

function language(): string {
  const used = usage();
  const count = (name: string): string => String(used.get(name) ?? "–");
  const lines = ["| Function | Takes | Gives | Expressions of ours |", "| --- | --- | --- | --- |"];
  for (const [name, signature] of Object.entries<Signature>(signatures)) {
    const args = signature.args.map((type, index) => (index >= signature.args.length - (signature.optional ?? 0) ? `[${type}]` : type));
    const more = signature.optional === -1 ? " …" : "";
    lines.push(`| ` + "`" + `${name}` + "`" + ` | ${args.join(", ")}${more} | ${signature.returns} | ${count(name)} |`);
  }
  lines.push("", "| Aggregation, with `by` or `without` | Parameter | Expressions of ours |", "| --- | --- | --- |");
  for (const [name, parameter] of Object.entries(aggregations))
    lines.push(`| ` + "`" + `${name}` + "`" + ` | ${parameter ?? "–"} | ${count(name)} |`);
  lines.push("", "| Operator | Expressions of ours |", "| --- | --- |");
  for (const name of operators) lines.push(`| ` + "`" + `${name}` + "`" + ` | ${count(name)} |`);
  return `${lines.join("\n")}\n`;
}

/** In how many expressions each name stands. */
function usage(): Map<string, number> {
  const used = new Map<string, number>();
  for (const { expr } of expressions) {
    for (const name of new Set(namesIn(parse(expr)))) used.set(name, (used.get(name) ?? 0) + 1);
  }
  return used;
}

function namesIn(expr: Expr): string[] {
  switch (expr.kind) {
    case "number":
    case "string":
    case "selector":
    case "range":
      return [];
    case "subquery":
    case "unary":
      return namesIn(expr.expr);
    case "call":
      return [expr.name, ...expr.args.flatMap(namesIn)];
    case "aggregate":
      return [expr.op, ...(expr.parameter === undefined ? [] : namesIn(expr.parameter)), ...namesIn(expr.expr)];
    case "binary":
      return [expr.op, ...namesIn(expr.left), ...namesIn(expr.right)];
  }
}
