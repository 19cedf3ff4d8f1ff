import { derived } from "../attribute-set.ts";
import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const player = { sender: "player", stability: "development" } as const;

/** From the play instruction to the first picture. */
export const startMetrics = {
  "moq.client.play_attempts": {
    ...player,
    instrument: "counter",
    unit: "{attempt}",
    description: "Play attempts by outcome: started at the first presented frame, failed before it, or left by the viewer before it.",
    attributes: { outcome: sets.attemptOutcome, region: derived(sets.region), transport: sets.transport },
    exemplars: true,
    clamp: "count_rate",
  },
  "moq.client.startup_time": {
    ...player,
    stability: "stable",
    instrument: "histogram",
    unit: "s",
    description: "Play instruction to first presented video frame with the clock moving (audio only: first sample played).",
    attributes: { region: derived(sets.region), transport: sets.transport, browser: derived(sets.browser) },
    buckets: "startup",
    cmcdKey: "msd",
    exemplars: true,
    clamp: "count_rate",
  },
  "moq.client.startup_phase": {
    ...player,
    instrument: "histogram",
    unit: "s",
    description: "Contiguous parts of the startup time; the eight phases of an attempt sum to it.",
    attributes: { phase: sets.startupPhase, transport: sets.transport },
    buckets: "phase",
    exemplars: true,
    clamp: "count_rate",
  },
  "moq.client.subscribe_to_first_object": {
    ...player,
    instrument: "histogram",
    unit: "s",
    description: "First request for a track written to last byte of its first frame received, once per media kind and attempt.",
    attributes: { media: sets.media, transport: sets.transport },
    buckets: "phase",
    exemplars: true,
    clamp: "count_rate",
  },
  "moq.client.offline_wait_time": {
    ...player,
    instrument: "counter",
    unit: "s",
    description: "Seconds with a live session while the broadcast is not announced, after a grace of 2 s.",
    attributes: { transport: sets.transport },
    clamp: "elapsed_play",
  },
} as const satisfies MetricTable;
