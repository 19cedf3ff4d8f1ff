import { QueryError } from "../promql/query-error.ts";
import type { History } from "../tsdb/history.ts";
import type { HistoryStore } from "../tsdb/history-store.ts";
import { limitParameter, selectorsOf, timeParameter } from "./parameters.ts";

/** An answer that may have been cut. */
export interface Listed<T> {
  readonly data: readonly T[];
  readonly warnings: readonly string[];
}

/** `/api/v1/series`: label sets of the series that a selector finds. Throws QueryError. */
export function listSeries(store: HistoryStore, parameters: URLSearchParams): Listed<Record<string, string>> {
  if (!parameters.has("match[]")) throw new QueryError("bad_data", "no match[] parameter provided");
  const found = asked(store, parameters).map(({ labels }) => labels.toRecord());
  return cut(found, parameters);
}

/** `/api/v1/labels`: names of labels. Throws QueryError. */
export function listLabels(store: HistoryStore, parameters: URLSearchParams): Listed<string> {
  const names = new Set(asked(store, parameters).flatMap(({ labels }) => labels.names));
  return cut([...names].toSorted(), parameters);
}

/** `/api/v1/label/<name>/values`. Throws QueryError. */
export function listValues(store: HistoryStore, name: string, parameters: URLSearchParams): Listed<string> {
  const values = new Set(asked(store, parameters).map(({ labels }) => labels.get(name)));
  values.delete("");
  return cut([...values].toSorted(), parameters);
}

function asked(store: HistoryStore, parameters: URLSearchParams): History[] {
  const startMs = timeParameter(parameters, "start") ?? Number.NEGATIVE_INFINITY;
  const endMs = timeParameter(parameters, "end") ?? Number.POSITIVE_INFINITY;
  const selectors = selectorsOf(parameters);
  const found = new Set(selectors.length === 0 ? store.select([]) : selectors.flatMap((matchers) => store.select(matchers)));
  return [...found].filter((series) => series.lastMs >= startMs && Math.min(series.coarse.firstMs, series.fine.firstMs) <= endMs);
}

function cut<T>(all: readonly T[], parameters: URLSearchParams): Listed<T> {
  const limit = limitParameter(parameters);
  if (limit === 0 || all.length <= limit) return { data: all, warnings: [] };
  return { data: all.slice(0, limit), warnings: ["results truncated due to limit"] };
}
