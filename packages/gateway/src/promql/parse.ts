import { parser } from "@prometheus-io/lezer-promql";
import type { Expr, Shift } from "./ast.ts";
import { checkCall } from "./check.ts";
import { Cursor } from "./cursor.ts";
import { numberOf, unquote } from "./literals.ts";
import { aggregate } from "./parse-aggregate.ts";
import { binary } from "./parse-binary.ts";
import { type Builder, range, selector, subquery } from "./parse-selector.ts";
import { QueryError, refuse } from "./query-error.ts";
import { signatureOf } from "./signatures.ts";

/** Longest query that is read, characters. */
export const longestQuery = 20_000;
const deepestNesting = 150;

/**
 * Reads a query into a tree whose types fit together. Throws QueryError `bad_data` with the position of what is wrong or not supported.
 */
export function parse(query: string): Expr {
  if (query.length > longestQuery) throw new QueryError("bad_data", `the query has more than ${longestQuery} characters`);
  const tree = parser.parse(query);
  refuseErrors(query);
  const top = new Cursor(tree.topNode, query).child("Expr");
  if (top === undefined) throw refuse(query, { from: 0, to: query.length }, "no expression found in input");
  return new TreeBuilder(query).expr(top);
}

class TreeBuilder implements Builder {
  readonly #query: string;
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
  }

  expr(at: Cursor): Expr {
    if (this.#depth >= deepestNesting) throw at.refuse(`expressions nest deeper than ${deepestNesting}`);
    this.#depth++;
    try {
      return this.#expr(at);
    } finally {
      this.#depth--;
    }
  }

  #expr(at: Cursor): Expr {
    const span = { from: at.from, to: at.to };
    switch (at.name) {
      case "NumberDurationLiteral": {
        const value = numberOf(at.text);
        if (value === undefined) throw at.refuse(`bad number or duration syntax: ${JSON.stringify(at.text)}`);
        return { kind: "number", value, ...span };
      }
      case "StringLiteral":
        return { kind: "string", value: textOf(at), ...span };
      case "ParenExpr":
        return { ...this.expr(at.need("Expr")), ...span };
      case "VectorSelector":
        return selector(at);
      case "MatrixSelector":
        return range(at, this);
      case "SubqueryExpr":
        return subquery(at, this);
      case "OffsetExpr":
        return this.#shifted(at, (shift) => ({ ...shift, offsetMs: offsetOf(at) }));
      case "StepInvariantExpr":
        return this.#shifted(at, (shift) => ({ ...shift, at: atOf(at) }));
      case "UnaryExpr":
        return { kind: "unary", op: at.need("UnaryOp").text === "-" ? "-" : "+", expr: this.expr(at.need("Expr")), ...span };
      case "BinaryExpr":
        return binary(at, this);
      case "AggregateExpr":
        return aggregate(at, this);
      case "FunctionCall":
        return this.#call(at);
      default:
        throw at.refuse(`${JSON.stringify(at.text)} is not supported by this store`);
    }
  }

  #call(at: Cursor): Expr {
    const name = at.need("FunctionIdentifier");
    const signature = signatureOf(name.text);
    if (signature === undefined) throw name.refuse(`function ${JSON.stringify(name.text)} is not supported by this store`);
    const args = at
      .need("FunctionCallBody")
      .children("Expr")
      .map((each) => this.expr(each));
    const call = { kind: "call", name: name.text, args, from: at.from, to: at.to } as const;
    checkCall(call, signature, this.#query);
    return call;
  }

  /** `offset` and `@` stand behind a selector or subquery and are a part of it. */
  #shifted(at: Cursor, change: (shift: Shift) => Shift): Expr {
    const inner = this.expr(at.need("Expr"));
    const span = { from: at.from, to: at.to };
    if (inner.kind === "selector" || inner.kind === "subquery") return { ...inner, ...span, shift: change(inner.shift) };
    if (inner.kind === "range") return { ...inner, ...span, selector: { ...inner.selector, shift: change(inner.selector.shift) } };
    throw at.refuse("offset and @ must be preceded by an instant vector selector, a range vector selector or a subquery");
  }
}

function offsetOf(at: Cursor): number {
  const value = signedOffset(at.need("OffsetDurationExpr").text);
  if (value === undefined) throw at.need("OffsetDurationExpr").refuse("an offset here is a duration such as 5m");
  return Math.round(value * 1000);
}

function signedOffset(text: string): number | undefined {
  const [, sign = "", rest = ""] = /^([-+]?)\s*(.*)$/s.exec(text) ?? [];
  const value = numberOf(rest);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return sign === "-" ? -value : value;
}

function atOf(at: Cursor): Shift["at"] {
  const preprocessor = at.child("AtModifierPreprocessors");
  if (preprocessor !== undefined) return preprocessor.text.startsWith("start") ? "start" : "end";
  // of two literals the one after the @ is meant
  const literal = at.children("NumberDurationLiteral").at(-1);
  const seconds = literal === undefined ? undefined : numberOf(literal.text);
  if (seconds === undefined || !Number.isFinite(seconds)) throw at.refuse("the time after @ is no number");
  return Math.round(seconds * 1000);
}

/** What a string literal says. Throws QueryError. */
export function textOf(at: Cursor): string {
  const text = unquote(at.text);
  if (text === undefined) throw at.refuse(`invalid string ${at.text}`);
  return text;
}

function refuseErrors(query: string): void {
  const tree = parser.parse(query);
  tree.iterate({
    enter(node) {
      if (!node.type.isError) return;
      const before = query.slice(0, node.from);
      const name = query[node.from] === "(" ? /[A-Za-z_:][\w:]*\s*$/.exec(before)?.[0] : undefined;
      if (name !== undefined) {
        throw refuse(query, { from: before.length - name.length, to: before.length }, `unknown function with name ${quoted(name.trim())}`);
      }
      const found = query.slice(node.from).trimStart().slice(0, 20);
      throw refuse(query, node, found === "" ? "unexpected end of input" : `unexpected ${quoted(found)}`);
    },
  });
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
