import type { MetricTable } from "./metric-record.ts";
import * as sets from "./sets.ts";

const { signal } = sets;
const gateway = { sender: "gateway", stability: "development" } as const;

/** What a gateway reports of itself (metrics.md §5.4). */
export const gatewayMetrics = {
  "moq.gateway.reports": {
    ...gateway,
    instrument: "counter",
    unit: "{report}",
    description: "Requests accepted (2xx).",
    attributes: { signal, format: sets.format },
  },
  "moq.gateway.rejected": {
    ...gateway,
    instrument: "counter",
    unit: "{item}",
    description: "Requests or points refused.",
    attributes: { signal, reason: sets.rejectReason },
  },
  "moq.gateway.points": {
    ...gateway,
    instrument: "counter",
    unit: "{point}",
    description: "Data points merged, unchanged or clamped.",
    attributes: { result: sets.pointResult },
  },
  "moq.gateway.active_sessions": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{session}",
    description: "Sessions with a report within the time to live, by last state.",
    attributes: { state: sets.sessionState },
  },
  "moq.gateway.session_table": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{session}",
    description: "Entries in the per-session table.",
    attributes: {},
  },
  "moq.gateway.evictions": {
    ...gateway,
    instrument: "counter",
    unit: "{session}",
    description: "Entries removed from the per-session table.",
    attributes: { reason: sets.evictionReason },
  },
  "moq.gateway.resyncs": {
    ...gateway,
    instrument: "counter",
    unit: "{session}",
    description: "Reports that counted nothing, or reset the baseline of a session.",
    attributes: { reason: sets.resyncReason },
  },
  "moq.gateway.sequence_gaps": {
    ...gateway,
    instrument: "counter",
    unit: "{report}",
    description: "Missing sequence numbers: reports lost on the way.",
    attributes: {},
  },
  "moq.gateway.duplicates": {
    ...gateway,
    instrument: "counter",
    unit: "{report}",
    description: "Reports with a sequence already seen.",
    attributes: {},
  },
  "moq.gateway.ingest_time": {
    ...gateway,
    instrument: "histogram",
    unit: "s",
    description: "Request headers read to response written.",
    attributes: { signal },
    buckets: "io",
  },
  "moq.gateway.request_size": {
    ...gateway,
    instrument: "histogram",
    unit: "By",
    description: "Body size, inflated.",
    attributes: { signal },
    buckets: "size",
  },
  "moq.gateway.series": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{series}",
    description: "Fleet series held.",
    attributes: {},
  },
  "moq.gateway.rule_evaluations": {
    ...gateway,
    instrument: "counter",
    unit: "{evaluation}",
    description: "Rules evaluated in the embedded store; `history` where it does not reach back as far as the rule looks.",
    attributes: { result: sets.ruleResult },
  },
  "moq.gateway.notifications": {
    ...gateway,
    instrument: "counter",
    unit: "{notification}",
    description: "Alerts sent to the webhook, tried again, given up or pushed out of a full queue.",
    attributes: { result: sets.notificationResult },
  },
  "moq.gateway.store.series": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{series}",
    description: "Series in the embedded store.",
    attributes: {},
  },
  "moq.gateway.store.memory": {
    ...gateway,
    instrument: "updowncounter",
    unit: "By",
    description: "Memory that the embedded store counts for its samples, within its bound.",
    attributes: {},
  },
  "moq.gateway.store.evictions": {
    ...gateway,
    instrument: "counter",
    unit: "{item}",
    description: "Stretches dropped for age or want of memory, series dropped because they rested, new series refused.",
    attributes: { reason: sets.storeEviction },
  },
} as const satisfies MetricTable;
