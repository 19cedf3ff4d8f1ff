import { mediaMetrics } from "./media.ts";
import { playbackMetrics } from "./playback.ts";
import { sessionMetrics } from "./session.ts";
import { startMetrics } from "./start.ts";

/** What a player reports (metrics.md §5.1), cumulative since its session began. */
export const playerMetrics = { ...startMetrics, ...playbackMetrics, ...mediaMetrics, ...sessionMetrics };
