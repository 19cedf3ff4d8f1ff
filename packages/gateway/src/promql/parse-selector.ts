import { nameLabel } from "../tsdb/labels.ts";
import { type Matcher, matcher } from "../tsdb/matcher.ts";
import type { Expr, MatrixSelector, Shift, Subquery, VectorSelector } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { numberOf, unquote } from "./literals.ts";

/** What builds the expressions inside of an expression. */
export interface Builder {
  expr(at: Cursor): Expr;
}

const unshifted: Shift = { offsetMs: 0, at: undefined };

/** `name{label="value"}`. */
export function selector(at: Cursor): VectorSelector {
  const matchers: Matcher[] = [];
  const name = at.child("Identifier");
  if (name !== undefined) matchers.push(matcher(nameLabel, "=", name.text));
  for (const each of at.child("LabelMatchers")?.children() ?? []) {
    const made = labelMatcher(each);
    if (made === undefined) continue;
    if (made.name === nameLabel && made.op === "=" && matchers.some((known) => known.name === nameLabel && known.op === "=")) {
      throw each.refuse(`metric name must not be set twice: ${JSON.stringify(made.value)}`);
    }
    matchers.push(made);
  }
  if (matchers.every((each) => each.matches(""))) {
    throw at.refuse("vector selector must contain at least one non-empty matcher");
  }
  return { kind: "selector", matchers, shift: unshifted, from: at.from, to: at.to };
}

function labelMatcher(at: Cursor): Matcher | undefined {
  switch (at.name) {
    case "UnquotedLabelMatcher":
      return made(at, at.need("LabelName").text);
    case "QuotedLabelMatcher":
      return made(at, read(at.need("QuotedLabelName").need("StringLiteral")));
    case "QuotedLabelName":
      return matcher(nameLabel, "=", read(at.need("StringLiteral")));
    default:
      return undefined;
  }
}

function made(at: Cursor, name: string): Matcher {
  const literal = at.need("StringLiteral");
  const op = at.need("MatchOp").text as Matcher["op"];
  try {
    return matcher(name, op, read(literal));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw literal.refuse(`error parsing regexp: ${cause.message}`);
  }
}

function read(at: Cursor): string {
  const text = unquote(at.text);
  if (text === undefined) throw at.refuse(`invalid string ${at.text}`);
  return text;
}

/** `selector[range]`. */
export function range(at: Cursor, builder: Builder): MatrixSelector {
  const inner = builder.expr(at.need("Expr"));
  if (inner.kind !== "selector" || at.need("Expr").name !== "VectorSelector") {
    throw at.refuse("ranges only allowed for vector selectors");
  }
  return { kind: "range", selector: inner, rangeMs: lengthOf(at.need("DurationExpr")), from: at.from, to: at.to };
}

/** `expression[range:resolution]`. */
export function subquery(at: Cursor, builder: Builder): Subquery {
  const [length, resolution] = at.children("DurationExpr");
  return {
    kind: "subquery",
    expr: builder.expr(at.need("Expr")),
    rangeMs: length === undefined ? 0 : lengthOf(length),
    stepMs: resolution === undefined ? undefined : lengthOf(resolution),
    shift: unshifted,
    from: at.from,
    to: at.to,
  };
}

function lengthOf(at: Cursor): number {
  const seconds = numberOf(at.text);
  if (seconds === undefined || !Number.isFinite(seconds)) throw at.refuse("a range here is a duration such as 5m");
  if (seconds <= 0) throw at.refuse("duration must be greater than 0");
  return Math.round(seconds * 1000);
}
