/** What a query can fail with, as Prometheus' API calls it (`errorType`). */
export type QueryErrorType = "bad_data" | "execution" | "timeout" | "canceled" | "unavailable" | "not_found";

/** Where a part of a query stands: offsets into its text, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A query that is refused or fails. The message says where in the query, as `line:column`. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly type: QueryErrorType;
  constructor(type: QueryErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** `line:column`, both from 1, of an offset. */
export function positionOf(query: string, offset: number): string {
  const before = query.slice(0, offset);
  const line = before.split("\n").length;
  return `${line}:${offset - before.lastIndexOf("\n")}`;
}

/** A query that cannot be read, or asks for what is not supported here. */
export function refuse(query: string, span: Span, what: string): QueryError {
  return new QueryError("bad_data", `invalid parameter "query": ${positionOf(query, span.from)}: parse error: ${what}`);
}
