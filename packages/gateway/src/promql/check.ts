import { type Call, type Expr, typeOf, type ValueType } from "./ast.ts";
import { type QueryError, refuse } from "./query-error.ts";
import { type Signature, signatureOf } from "./signatures.ts";

const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
};

/** The type of what an expression gives. */
export function typeOfExpr(expr: Expr): ValueType {
  return typeOf(expr, (name) => signatureOf(name)?.returns ?? "vector");
}

/** Checks number and types of arguments. Throws QueryError. */
export function checkCall(call: Call, signature: Signature, query: string): void {
  const { args, optional = 0 } = signature;
  const least = optional === -1 ? args.length - 1 : args.length - optional;
  const given = call.args.length;
  if (given < least) throw wrong(call, query, `expected at least ${least} argument(s) in call to "${call.name}", got ${given}`);
  if (optional !== -1 && given > args.length) {
    throw wrong(call, query, `expected at most ${args.length} argument(s) in call to "${call.name}", got ${given}`);
  }
  for (const [index, arg] of call.args.entries()) {
    const wanted = args[Math.min(index, args.length - 1)];
    const found = typeOfExpr(arg);
    if (wanted === undefined || wanted === found) continue;
    throw refuse(query, arg, `expected type ${typeNames[wanted]} in call to function "${call.name}", got ${typeNames[found]}`);
  }
}

function wrong(call: Call, query: string, what: string): QueryError {
  return refuse(query, call, what);
}
