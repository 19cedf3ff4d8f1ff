import { LiteError } from "@moqscope/lite";
import { HangError } from "../../error.ts";
import { errorType } from "../../measure/error-type.ts";
import type { PlayerInstruments } from "./instruments.ts";

/** Whether trying again cannot help. */
export function isFatal(error: unknown): boolean {
  if (error instanceof LiteError) return error.code === "unauthorized" || error.code === "version_mismatch";
  return error instanceof HangError && (error.code === "codec_unsupported" || error.code === "start_timeout");
}
/** Whether it only says that the connection went away or that we left. */
export function isGone(error: unknown): boolean {
  return error instanceof LiteError && (error.code === "transport_closed" || error.code === "cancelled");
}
/** Counts an error and logs it. */
export function tellError(instruments: PlayerInstruments, broadcast: string, { error, fatal }: { error: unknown; fatal: boolean }): void {
  const type = errorType(error);
  const message = error instanceof Error ? error.message : String(error);
  instruments.error(type, fatal);
  instruments.event(fatal ? "error" : "warn", "moq.player.error", { broadcast, "error.type": type, fatal, message });
}
