import type { MetricRecord } from "./metric-record.ts";
import { reportAttributes } from "./report.ts";

interface ResourceAttribute {
  readonly type: "string" | "int" | "boolean";
  readonly description: string;
  /** Label that Prometheus makes of it; without one it stays out of the series. */
  readonly label?: string;
  readonly senders: readonly MetricRecord["sender"][];
}
const everyone = ["player", "publisher", "relay", "gateway"] as const;
const processes = ["relay", "gateway"] as const;
const reporters = ["player", "publisher"] as const;

/** Values of `service.name`: one for each kind of program here. */
export const services = { player: "moq-player", publisher: "moq-publisher", relay: "moq-relay", gateway: "moq-gateway" } as const;

/**
 * What a sender says of itself, once per export (metrics.md §1, fleet-aggregation.md §3). The gateway takes what stands there with
 * reporters off a report: it never becomes an attribute of a series.
 */
export const resourceAttributes: Readonly<Record<string, ResourceAttribute>> = {
  [reportAttributes.service]: { type: "string", description: "Kind of program.", label: "job", senders: everyone },
  "service.instance.id": {
    type: "string",
    description: "Stable name of this process among its kind, such as the node's.",
    label: "instance",
    senders: processes,
  },
  "cloud.region": {
    type: "string",
    description: "Where the process runs; not where viewers are.",
    label: "cloud_region",
    senders: processes,
  },
  "service.version": { type: "string", description: "Release of the program.", senders: everyone },
  "deployment.environment.name": { type: "string", description: "Such as production or staging.", senders: everyone },
  [reportAttributes.session]: { type: "string", description: "Random per session, 16 to 64 of A-Z a-z 0-9 _ -.", senders: reporters },
  [reportAttributes.sequence]: { type: "int", description: "Number of the report, from 1; a retry repeats it.", senders: reporters },
  [reportAttributes.acked]: { type: "int", description: "Highest sequence answered since the last resync, 0 if none.", senders: reporters },
  [reportAttributes.elapsedMs]: { type: "int", description: "Monotonic milliseconds since the session began.", senders: reporters },
  [reportAttributes.state]: { type: "string", description: "State of the session, from a closed set.", senders: reporters },
  [reportAttributes.final]: { type: "boolean", description: "True on the closing report.", senders: reporters },
};
