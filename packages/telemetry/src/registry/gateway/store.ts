import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const gateway = { sender: "gateway", stability: "development" } as const;

/** The embedded store, and the rules that are evaluated in it. */
export const storeMetrics = {
  "moq.gateway.rule_evaluations": {
    ...gateway,
    instrument: "counter",
    unit: "{evaluation}",
    description:
      "Rules evaluated in the embedded store; `history` where it does not reach back as far as the rule looks, `no_data` where nobody has sent what it is about.",
    attributes: { result: sets.ruleResult },
  },
  "moq.gateway.notifications": {
    ...gateway,
    instrument: "counter",
    unit: "{notification}",
    description: "Alerts sent to the webhook, tried again, given up or pushed out of a full queue.",
    attributes: { result: sets.notificationResult },
  },
  "moq.gateway.stream.listeners": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{listener}",
    description: "Consoles that listen to the summary of each second.",
    attributes: {},
  },
  "moq.gateway.stream.dropped": {
    ...gateway,
    instrument: "counter",
    unit: "{listener}",
    description: "Listeners dropped because they did not read.",
    attributes: {},
  },
  "moq.gateway.store.records": {
    ...gateway,
    instrument: "updowncounter",
    unit: "{record}",
    description: "Spans and log records in the embedded store.",
    attributes: { signal: sets.signal },
  },
  "moq.gateway.store.records_dropped": {
    ...gateway,
    instrument: "counter",
    unit: "{record}",
    description: "Spans and log records that made room for newer ones, or had none.",
    attributes: { signal: sets.signal },
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
  "moq.gateway.store.saves": {
    ...gateway,
    instrument: "counter",
    unit: "{save}",
    description: "Times that the embedded store was written to its folder, or failed to be.",
    attributes: { result: sets.saveResult },
  },
  "moq.gateway.store.evictions": {
    ...gateway,
    instrument: "counter",
    unit: "{item}",
    description: "Stretches dropped for age or want of memory, series dropped because they rested, new series refused.",
    attributes: { reason: sets.storeEviction },
  },
} as const satisfies MetricTable;
