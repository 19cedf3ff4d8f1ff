import { LiteError, type LiteErrorCode } from "@moqscope/lite";
import { HangError, type HangErrorCode } from "../../error.ts";
import type { ErrorType, PlayerInstruments } from "./instruments.ts";

const liteTypes: Readonly<Record<LiteErrorCode, ErrorType>> = {
  protocol_violation: "protocol_violation",
  decode: "protocol_violation",
  bounds_exceeded: "protocol_violation",
  not_found: "not_found",
  unauthorized: "unauthorized",
  version_mismatch: "version_mismatch",
  old: "subscribe_reset",
  timeout: "connect_timeout",
  cancelled: "other",
  stream_reset: "subscribe_reset",
  transport_closed: "transport_lost",
  connect_failed: "transport_lost",
  unsupported: "version_mismatch",
  internal: "internal",
};
const hangTypes: Readonly<Record<HangErrorCode, ErrorType>> = {
  catalog_invalid: "catalog_invalid",
  container_invalid: "protocol_violation",
  publish_invalid: "internal",
  codec_unsupported: "codec_unsupported",
  decode_failed: "decode_error",
  bounds_exceeded: "protocol_violation",
  start_timeout: "connect_timeout",
};
/** The closed set of metrics.md §2 for whatever was thrown. */
export function errorType(error: unknown): ErrorType {
  if (error instanceof HangError) return hangTypes[error.code];
  if (error instanceof LiteError) return liteTypes[error.code];
  return "other";
}
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
