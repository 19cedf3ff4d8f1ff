import { SampleList, stale } from "../tsdb/sample.ts";
import type { VectorSelector } from "./ast.ts";
import { type Column, emptyValues, hasValue } from "./column.ts";
import { momentsOf, type Scope } from "./scope.ts";

/**
 * The newest sample of each series at or before each moment, no older than the lookback: one exactly as old as that is too old, as the
 * ranges of Prometheus 3 are left-open. A series that has ended has none. `read` says what of the sample is wanted.
 */
export async function selectorColumns(selector: VectorSelector, scope: Scope, read: "value" | "seconds" = "value"): Promise<Column[]> {
  const moments = momentsOf(selector.shift, scope);
  const found = scope.source.select(selector.matchers);
  scope.budget.checkSeries(found.length);
  const list = new SampleList();
  const columns: Column[] = [];
  const first = (moments[0] ?? 0) - scope.lookbackMs;
  const last = moments.at(-1) ?? 0;
  for (const series of found) {
    await scope.budget.breathe();
    list.clear();
    series.read(first, last, list);
    scope.budget.spend(list.size + moments.length);
    const values = newestAt(list, moments, { lookbackMs: scope.lookbackMs, read });
    if (hasValue(values)) columns.push({ labels: series.labels, values });
  }
  return columns;
}

function newestAt(
  list: SampleList,
  moments: Float64Array,
  how: { readonly lookbackMs: number; readonly read: "value" | "seconds" },
): Float64Array {
  const values = emptyValues(moments.length);
  let at = -1;
  for (let step = 0; step < moments.length; step++) {
    const moment = moments[step] ?? 0;
    while (at + 1 < list.size && (list.times[at + 1] ?? 0) <= moment) at++;
    if (at < 0) continue;
    const atMs = list.times[at] ?? 0;
    const value = list.values[at] ?? stale;
    if (value === stale || atMs <= moment - how.lookbackMs) continue;
    values[step] = how.read === "value" ? value : atMs / 1000;
  }
  return values;
}
