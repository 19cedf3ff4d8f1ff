import { exportMetrics } from "./export.ts";
import { ingestMetrics } from "./ingest.ts";
import { storeMetrics } from "./store.ts";

export { fleetMetrics } from "./fleet.ts";
/** What a gateway reports of itself (metrics.md §5.4). */
export const gatewayMetrics = { ...ingestMetrics, ...exportMetrics, ...storeMetrics };
