import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const fleet = { sender: "gateway", stability: "development", service: "moq-player" } as const;

/** What the gateway derives from players' reports (metrics.md §5.1): nobody sends it. Country and broadcast come from the token, never from a report. */
export const fleetMetrics = {
  "moq.client.country.sessions": {
    ...fleet,
    instrument: "updowncounter",
    unit: "{session}",
    description: "Live playback sessions by country.",
    attributes: { country: sets.country },
  },
  "moq.client.country.play_attempts": {
    ...fleet,
    instrument: "counter",
    unit: "{attempt}",
    description: "Copy of the play attempts by country.",
    attributes: { country: sets.country, outcome: sets.attemptOutcome },
  },
  "moq.client.country.play_time": {
    ...fleet,
    instrument: "counter",
    unit: "s",
    description: "Copy of the play time by country.",
    attributes: { country: sets.country },
  },
  "moq.client.country.rebuffer_time": {
    ...fleet,
    instrument: "counter",
    unit: "s",
    description: "Copy of the stalled seconds by country, causes network and unknown.",
    attributes: { country: sets.country },
  },
  "moq.client.country.slow_starts": {
    ...fleet,
    instrument: "counter",
    unit: "{attempt}",
    description: "Attempts whose startup took more than 2 s, by country.",
    attributes: { country: sets.country },
  },
  "moq.client.broadcast.play_attempts": {
    ...fleet,
    instrument: "counter",
    unit: "{attempt}",
    description: "Copy of the play attempts by broadcast, top N by the token's claim.",
    attributes: { broadcast: sets.broadcast, outcome: sets.attemptOutcome },
  },
  "moq.client.broadcast.play_time": {
    ...fleet,
    instrument: "counter",
    unit: "s",
    description: "Copy of the play time by broadcast.",
    attributes: { broadcast: sets.broadcast },
  },
  "moq.client.broadcast.rebuffer_time": {
    ...fleet,
    instrument: "counter",
    unit: "s",
    description: "Copy of the stalled seconds by broadcast, all causes.",
    attributes: { broadcast: sets.broadcast },
  },
  "moq.client.broadcast.slow_starts": {
    ...fleet,
    instrument: "counter",
    unit: "{attempt}",
    description: "Attempts whose startup took more than 2 s, by broadcast.",
    attributes: { broadcast: sets.broadcast },
  },
} as const satisfies MetricTable;
