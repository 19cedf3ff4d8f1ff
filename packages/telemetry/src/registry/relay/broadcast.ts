import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const relay = { sender: "relay", stability: "development" } as const;

/** The same per broadcast of the current top N (metrics.md §6). */
export const broadcastMetrics = {
  "moq.relay.broadcast.subscribers": {
    ...relay,
    instrument: "updowncounter",
    unit: "{subscriber}",
    description: "Subscribers of a top-N broadcast, clients only.",
    attributes: { broadcast: sets.broadcast },
  },
  "moq.relay.broadcast.bytes_sent": {
    ...relay,
    instrument: "counter",
    unit: "By",
    description: "MoQ payload bytes sent of a top-N broadcast.",
    attributes: { broadcast: sets.broadcast },
  },
  "moq.relay.broadcast.bytes_received": {
    ...relay,
    instrument: "counter",
    unit: "By",
    description: "MoQ payload bytes received of a top-N broadcast.",
    attributes: { broadcast: sets.broadcast },
  },
  "moq.relay.broadcast.groups_dropped": {
    ...relay,
    instrument: "counter",
    unit: "{group}",
    description: "Groups not, or not wholly, delivered of a top-N broadcast.",
    attributes: { broadcast: sets.broadcast },
  },
} as const satisfies MetricTable;
