import type { PlayerInstruments, StallCause } from "./instruments.ts";

type StallReport =
  | { readonly phase: "begin"; readonly cause: StallCause }
  | { readonly phase: "end"; readonly cause: StallCause; readonly durationMs: number /** Epoch milliseconds. */; readonly endMs: number };

/** Logs a stall at both its ends and draws it as a span once it is over. */
export function tellStall(instruments: PlayerInstruments, broadcast: string, report: StallReport): void {
  const { phase, cause } = report;
  if (report.phase === "begin") return instruments.event("warn", "moq.player.stall", { broadcast, phase, cause });
  const { durationMs, endMs } = report;
  instruments.event("warn", "moq.player.stall", { broadcast, phase, cause, duration_s: durationMs / 1000 });
  instruments.span("moq.rebuffer", { "moq.broadcast": broadcast, "moq.cause": cause }, { startMs: endMs - durationMs, endMs });
}
