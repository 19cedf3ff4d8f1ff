import { broadcastMetrics } from "./broadcast.ts";
import { relayMediaMetrics } from "./media.ts";
import { networkMetrics } from "./network.ts";
import { relaySessionMetrics } from "./sessions.ts";

/** What a relay reports (metrics.md §5.3). */
export const relayMetrics = { ...relaySessionMetrics, ...relayMediaMetrics, ...networkMetrics, ...broadcastMetrics };
