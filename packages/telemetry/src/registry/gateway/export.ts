import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const gateway = { sender: "gateway", stability: "development" } as const;

/** What goes out by OTLP. */
export const exportMetrics = {
  "moq.gateway.exports": {
    ...gateway,
    instrument: "counter",
    unit: "{export}",
    description: "Outgoing OTLP requests; dropped: batches of spans or logs that a full queue pushed out.",
    attributes: { signal: sets.signal, result: sets.exportResult },
  },
  "moq.gateway.export_time": {
    ...gateway,
    instrument: "histogram",
    unit: "s",
    description: "Outgoing request time.",
    attributes: { signal: sets.signal },
    buckets: "io",
  },
  "moq.gateway.export_queue": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{item}",
    description: "Spans and logs waiting for export; metrics: 1 while a snapshot is unsent.",
    attributes: { signal: sets.signal },
  },
  "moq.gateway.last_export_age": {
    ...gateway,
    instrument: "gauge",
    unit: "s",
    description: "Seconds since the last successful export.",
    attributes: { signal: sets.signal },
  },
} as const satisfies MetricTable;
