import { History } from "../tsdb/history.ts";
import { HistoryStore } from "../tsdb/history-store.ts";
import { Labels } from "../tsdb/labels.ts";
import { stale } from "../tsdb/sample.ts";

/** Epoch milliseconds of second 0 of a small world. */
export const zeroMs = 1_700_000_000_000;

/** `name{a="b"}` and its samples as [second, value]; `"stale"` ends it. */
export type SmallSeries = readonly [labels: Readonly<Record<string, string>>, samples: readonly (readonly [number, number | "stale"])[]];

/** A store that holds just these samples. */
export function smallStore(...series: readonly SmallSeries[]): HistoryStore {
  const store = new HistoryStore({ memoryBytes: 1e9, series: 1000 });
  for (const [record, samples] of series) {
    const made = new History(Labels.of(record));
    for (const [second, value] of samples) made.fine.put(zeroMs / 1000 + second, value === "stale" ? stale : value);
    store.adopt(made);
  }
  return store;
}
