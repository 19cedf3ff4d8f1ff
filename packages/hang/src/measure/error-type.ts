import { LiteError, type LiteErrorCode } from "@moqscope/lite";
import type { AttributesOf } from "@moqscope/telemetry";
import { HangError, type HangErrorCode } from "../error.ts";

export type ErrorType = AttributesOf<"moq.client.errors">["error.type"];

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
