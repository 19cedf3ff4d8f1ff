/**
 * What can be wrong with a query:
 * - `syntax`: it is no PromQL.
 * - `unknown-metric`, `unknown-label`, `unknown-value`: nothing of the kind exists, so that the panel would stay empty.
 * - `unnamed`: a selector without a metric name.
 * - `le-integer`: a bucket is `le="2"` by OTLP and `le="2.0"` by a scrape; a matcher must take both (metrics.md §1).
 * - `vector-zero`: `or vector(0)` draws missing telemetry as health.
 * - `clamp-min`: a floor below a denominator makes numbers up where there is no traffic.
 * - `rate-of-gauge`: rate, irate or increase of what does not only grow.
 * - `counter-value`: a counter outside rate, irate, increase and the functions that ask whether it is there.
 * - `quantile-without-le`: histogram_quantile over series that have lost their buckets.
 */
export type QueryRule =
  | "syntax"
  | "unknown-metric"
  | "unknown-label"
  | "unknown-value"
  | "unnamed"
  | "le-integer"
  | "vector-zero"
  | "clamp-min"
  | "rate-of-gauge"
  | "counter-value"
  | "quantile-without-le";

/** One finding in a query, with its place: offsets in UTF-16 code units, `to` exclusive. */
export interface QueryProblem {
  readonly rule: QueryRule;
  readonly from: number;
  readonly to: number;
  readonly message: string;
}
