import type { Accounts } from "./accounts.ts";
import type { EndReason, PlayerInstruments } from "./instruments.ts";
import type { MediaTally } from "./tally.ts";

export interface SessionTotals {
  readonly broadcast: string;
  readonly reason: EndReason;
  readonly accounts: Accounts;
  readonly video: MediaTally;
  readonly switches: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly epochMs: number;
}
/** The span without length that carries a session's totals. */
export function tellSessionEnd(instruments: PlayerInstruments, totals: SessionTotals): void {
  const { accounts, video, epochMs } = totals;
  const { frames } = video;
  instruments.span(
    "moq.session.end",
    {
      "moq.broadcast": totals.broadcast,
      "moq.reason": totals.reason,
      "moq.session_s": totals.durationMs / 1000,
      "moq.play_s": accounts.playSeconds,
      "moq.rebuffer_s": accounts.stalls.seconds,
      "moq.rebuffers": accounts.stalls.count,
      "moq.switches": totals.switches,
      "moq.frames.received": frames.received,
      "moq.frames.rendered": frames.rendered,
      "moq.frames.dropped": video.droppedFrames,
      "moq.bytes.received": totals.bytes,
    },
    { startMs: epochMs, endMs: epochMs },
  );
}
