import type { BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import type { MetricStore } from "../recorder/metric-store.ts";
import type { MetricRecord, MetricTable } from "../registry/metric-record.ts";

function observable(meter: Meter, name: string, { instrument, unit, description }: MetricRecord): Observable | undefined {
  const about = { unit, description };
  switch (instrument) {
    case "counter":
      return meter.createObservableCounter(name, about);
    case "updowncounter":
      return meter.createObservableUpDownCounter(name, about);
    case "gauge":
      return meter.createObservableGauge(name, about);
    // The API has no observable histogram.
    case "histogram":
      return undefined;
  }
}

/** Lets a meter read the store's numbers whenever its SDK collects. The returned function ends it. */
export function observeNumbers(meter: Meter, store: MetricStore, table: MetricTable): () => void {
  const byName = new Map<string, Observable>();
  for (const [name, record] of Object.entries(table)) {
    const instrument = observable(meter, name, record);
    if (instrument !== undefined) byName.set(name, instrument);
  }
  const read = (result: BatchObservableResult): void => {
    for (const metric of store.collect()) {
      const instrument = byName.get(metric.name);
      if (instrument === undefined || metric.kind === "histogram") continue;
      for (const { attributes, value } of metric.points) result.observe(instrument, value, attributes);
    }
  };
  const all = [...byName.values()];
  meter.addBatchObservableCallback(read, all);
  return () => meter.removeBatchObservableCallback(read, all);
}
