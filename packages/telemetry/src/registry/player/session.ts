import { derived } from "../attribute-set.ts";
import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const player = { sender: "player", stability: "development" } as const;

/** The playback session and its connection. */
export const sessionMetrics = {
  "moq.client.bandwidth_estimate": {
    ...player,
    instrument: "histogram",
    unit: "bit/s",
    description:
      "What the bitrate selection acts on, else what the relay says that its link to the player carries (PROBE); sampled every 10 s.",
    attributes: { transport: sets.transport },
    buckets: "bitrate",
    cmcdKey: "mtp",
    clamp: "session_points",
  },
  "moq.client.io": {
    ...player,
    instrument: "counter",
    unit: "By",
    description: "MoQ payload bytes, no framing.",
    attributes: { direction: sets.direction, transport: sets.transport },
    clamp: "byte_rate",
  },
  "moq.client.rtt": {
    ...player,
    instrument: "histogram",
    unit: "s",
    description: "Smoothed round-trip time to the relay, sampled every 10 s, by where it was measured.",
    attributes: { source: sets.linkSource, transport: sets.transport },
    buckets: "rtt",
    clamp: "session_points",
  },
  "moq.client.connections": {
    ...player,
    stability: "stable",
    instrument: "counter",
    unit: "{connection}",
    description: "Connect attempts when they settle; ok only after the MoQ setup.",
    attributes: { transport: sets.transport, result: sets.connectResult },
    clamp: "count_rate",
  },
  "moq.client.reconnects": {
    ...player,
    instrument: "counter",
    unit: "{reconnect}",
    description: "Automatic reconnects started.",
    attributes: { reason: sets.reconnectReason, transport: sets.transport },
    clamp: "count_rate",
  },
  "moq.client.session_duration": {
    ...player,
    instrument: "histogram",
    unit: "s",
    description: "Play instruction to end of the playback session.",
    attributes: { reason: sets.endReason, transport: sets.transport },
    buckets: "duration",
    clamp: "count_rate",
  },
  "moq.client.sessions_ended": {
    ...player,
    instrument: "counter",
    unit: "{session}",
    description: "Sessions that ended, or that the gateway gave up (timeout).",
    attributes: { reason: sets.endReason, region: derived(sets.region), transport: sets.transport },
    cmcdKey: "sta",
    clamp: "count_rate",
  },
  "moq.client.errors": {
    ...player,
    instrument: "counter",
    unit: "{error}",
    description: "Player errors; a fatal one ends the session.",
    attributes: { "error.type": sets.clientError, fatal: sets.fatal },
    cmcdKey: "ec",
    exemplars: true,
    clamp: "count_rate",
  },
} as const satisfies MetricTable;
