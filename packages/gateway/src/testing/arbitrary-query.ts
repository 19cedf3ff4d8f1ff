import fc from "fast-check";
import { worldCounters, worldGauges, worldHistograms, worldLabels } from "./sample-world.ts";

const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const durations = pick("30s", "1m", "90s", "5m", "17m", "1h", "6h");
const shift = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: pick("30s", "11m", "2h", "-1m").map((duration) => ` offset ${duration}`) },
  { weight: 1, arbitrary: pick(" @ start()", " @ end()", " @ 1759990000", " @ 1760000000.5 offset 3m") },
);
const matchers = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: pick(
      '{instance="ams-1"}',
      '{instance!="ams-1"}',
      '{peer=~"client|relay"}',
      '{region!~"lat.*"}',
      '{outcome=~".+",region=""}',
      '{reason=""}',
      '{job=~"moq-(relay|player)"}',
    ),
  },
);
const names = fc.oneof(
  pick(...worldCounters),
  pick(...worldGauges),
  pick(...worldHistograms).chain((name) => pick("_bucket", "_count", "_sum").map((end) => name + end)),
);
const selector = fc.tuple(names, matchers).map(([name, given]) => name + given);
const labelList = fc.subarray(worldLabels, { maxLength: 3 }).map((labels) => `(${labels.join(", ")})`);

const overTime = pick(
  "rate",
  "irate",
  "increase",
  "delta",
  "idelta",
  "deriv",
  "resets",
  "changes",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "sum_over_time",
  "count_over_time",
  "last_over_time",
  "present_over_time",
  "absent_over_time",
  "stddev_over_time",
  "stdvar_over_time",
);
const ofSample = pick("abs", "ceil", "floor", "sqrt", "sgn", "round", "timestamp", "absent", "sort", "-", "+");
const plainAggregation = pick("sum", "avg", "count", "min", "max", "group", "stddev", "stdvar");
const scalarText = pick("0", "1", "-2.5", "1e3", "0.95", "3", "time()", "scalar(moq_relay_upstream_subscriptions)", "NaN", "Inf", "2m");
const quantiles = pick("0", "0.5", "0.95", "0.99", "1", "-0.1", "1.5", "NaN");
const arithmetic = pick("+", "-", "*", "/", "%");
/** Whose last bit is the mathematical library's: only outermost, for what rounds or compares would make a difference of it. */
const inexact = pick("exp", "ln", "log2", "log10");
const inexactOperator = pick("^", "atan2");
const comparison = pick("==", "!=", ">", "<", ">=", "<=", "> bool", "<= bool", "== bool");
const matching = fc.oneof(
  fc.constant(""),
  fc.tuple(pick("on", "ignoring"), labelList).map(([kind, labels]) => `${kind} ${labels} `),
  fc
    .tuple(pick("on", "ignoring"), labelList, pick("group_left", "group_right"))
    .map(([kind, labels, side]) => `${kind} ${labels} ${side} () `),
);

const vectors: fc.Arbitrary<string> = fc.letrec<{ vector: string; range: string }>((tie) => ({
  range: fc.oneof(
    { weight: 5, arbitrary: fc.tuple(selector, durations, shift).map(([inner, duration, moved]) => `${inner}[${duration}]${moved}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie("vector"), pick("10m:1m", "1h:7m", "30m:"), shift)
        .map(([inner, span, moved]) => `(${inner})[${span}]${moved}`),
    },
  ),
  vector: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(selector, shift).map(([inner, moved]) => inner + moved),
    fc.tuple(overTime, tie("range")).map(([name, range]) => `${name}(${range})`),
    fc.tuple(quantiles, tie("range")).map(([q, range]) => `quantile_over_time(${q}, ${range})`),
    fc.tuple(tie("range"), scalarText).map(([range, seconds]) => `predict_linear(${range}, ${seconds})`),
    fc.tuple(ofSample, tie("vector")).map(([name, inner]) => `${name}(${inner})`),
    fc.tuple(tie("vector"), pick("0.1", "5", "7.25")).map(([inner, nearest]) => `round(${inner}, ${nearest})`),
    fc.tuple(tie("vector"), scalarText, scalarText).map(([inner, low, high]) => `clamp(${inner}, ${low}, ${high})`),
    fc.tuple(pick("clamp_min", "clamp_max"), tie("vector"), scalarText).map(([name, inner, limit]) => `${name}(${inner}, ${limit})`),
    fc
      .tuple(plainAggregation, pick("by", "without"), labelList, tie("vector"))
      .map(([op, kind, labels, inner]) => `${op} ${kind} ${labels} (${inner})`),
    fc
      .tuple(quantiles, pick("by", "without"), labelList, tie("vector"))
      .map(([q, kind, labels, inner]) => `quantile ${kind} ${labels} (${q}, ${inner})`),
    fc
      .tuple(quantiles, pick(...worldHistograms), durations)
      .map(([q, name, duration]) => `histogram_quantile(${q}, sum by (le, region, instance) (rate(${name}_bucket[${duration}])))`),
    fc.tuple(quantiles, tie("vector")).map(([q, inner]) => `histogram_quantile(${q}, ${inner})`),
    fc.tuple(tie("vector"), arithmetic, matching, tie("vector")).map(([left, op, match, right]) => `(${left}) ${op} ${match}(${right})`),
    fc.tuple(tie("vector"), comparison, matching, tie("vector")).map(([left, op, match, right]) => `(${left}) ${op} ${match}(${right})`),
    fc
      .tuple(
        tie("vector"),
        pick("and", "or", "unless"),
        fc.oneof(
          fc.constant(""),
          labelList.map((labels) => `on ${labels} `),
        ),
        tie("vector"),
      )
      .map(([left, op, match, right]) => `(${left}) ${op} ${match}(${right})`),
    fc.tuple(tie("vector"), fc.oneof(arithmetic, comparison), scalarText).map(([left, op, right]) => `(${left}) ${op} ${right}`),
    fc.tuple(scalarText, fc.oneof(arithmetic, comparison), tie("vector")).map(([left, op, right]) => `${left} ${op} (${right})`),
    tie("vector").map((inner) => `label_replace(${inner}, "short", "$1-$2", "job", "(m.q)-(.*)")`),
    tie("vector").map((inner) => `label_join(${inner}, "both", "/", "job", "instance")`),
    tie("vector").map((inner) => `vector(scalar(${inner}))`),
  ),
})).vector;

/** Queries of everything that is supported, over the metrics of the sample world; some of them fail, in the same way in both. */
export const queries: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: vectors },
  { weight: 1, arbitrary: fc.tuple(inexact, vectors).map(([name, inner]) => `${name}(${inner})`) },
  { weight: 1, arbitrary: fc.tuple(vectors, inexactOperator, scalarText).map(([left, op, right]) => `(${left}) ${op} ${right}`) },
  { weight: 1, arbitrary: fc.tuple(scalarText, inexactOperator, vectors).map(([left, op, right]) => `${left} ${op} (${right})`) },
);
