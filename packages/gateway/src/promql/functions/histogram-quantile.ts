import type { Labels } from "../../tsdb/labels.ts";
import { nameLabel } from "../../tsdb/labels.ts";
import { absent } from "../../tsdb/sample.ts";
import { type Column, emptyValues, joinSame } from "../column.ts";
import type { Notes } from "../notes.ts";
import type { Span } from "../query-error.ts";
import { type Bucket, bucketQuantile } from "./bucket-quantile.ts";
import { warnOfQuantile } from "./quantile-warning.ts";

interface Histogram {
  readonly labels: Labels;
  readonly buckets: { readonly bound: number; readonly values: Float64Array }[];
}

/** `histogram_quantile(q, buckets)` of classic histograms: columns that differ only in `le` are one. */
export function histogramQuantile(
  q: Float64Array,
  columns: readonly Column[],
  at: { readonly notes: Notes; readonly parameter: Span; readonly argument: Span },
): Column[] {
  warnOfQuantile(q, at.notes, at.parameter);
  const histograms = group(columns, at);
  return joinSame(
    histograms.map(({ labels, buckets }) => {
      buckets.sort((a, b) => a.bound - b.bound);
      const values = emptyValues(q.length);
      for (let step = 0; step < q.length; step++) {
        const here = present(buckets, step);
        if (here.length === 0) continue;
        const { value, wasForced } = bucketQuantile(q[step] ?? Number.NaN, here);
        if (wasForced) at.notes.info("input to histogram_quantile needed to be fixed for monotonicity", at.argument);
        values[step] = value;
      }
      return { labels, values };
    }),
  );
}

function group(columns: readonly Column[], at: { readonly notes: Notes; readonly argument: Span }): Histogram[] {
  const histograms = new Map<string, Histogram>();
  for (const { labels, values } of columns) {
    const le = labels.get("le");
    const bound = boundOf(le);
    if (bound === undefined) {
      at.notes.warn(`bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)}`, at.argument);
      continue;
    }
    const { key } = labels.drop(["le"]);
    let histogram = histograms.get(key);
    if (histogram === undefined) histograms.set(key, (histogram = { labels: labels.drop(["le", nameLabel]), buckets: [] }));
    histogram.buckets.push({ bound, values });
  }
  return [...histograms.values()];
}

function present(buckets: Histogram["buckets"], step: number): Bucket[] {
  const here: Bucket[] = [];
  for (const { bound, values } of buckets) {
    const count = values[step] ?? absent;
    if (count !== absent) here.push({ bound, count });
  }
  return here;
}

function boundOf(le: string): number | undefined {
  if (/^\+?inf$/i.test(le)) return Number.POSITIVE_INFINITY;
  if (/^-inf$/i.test(le)) return Number.NEGATIVE_INFINITY;
  const bound = Number(le);
  return le.trim() === "" || Number.isNaN(bound) ? undefined : bound;
}
