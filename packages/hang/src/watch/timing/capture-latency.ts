import type { CaptureClock } from "../../catalog/telemetry-key.ts";
import type { CommonTime } from "../../clock/common-clock.ts";

/** Capture to presentation of a picture (metrics.md §5.1, `moq.client.latency`). */
export interface CaptureLatency {
  readonly ms: number;
  /** By how much that may be wrong: the error bounds of both clocks. */
  readonly uncertaintyMs: number;
}

/** Of what has this timestamp and was presented at that time. */
export function captureLatency(timestampUs: number, presented: CommonTime, capture: CaptureClock): CaptureLatency {
  const capturedMs = (capture.epochUs + timestampUs) / 1000;
  return { ms: presented.epochMs - capturedMs, uncertaintyMs: presented.uncertaintyMs + capture.uncertaintyUs / 1000 };
}
