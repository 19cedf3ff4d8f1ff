import type { sets, ValueOf } from "@moqscope/telemetry";

/** Why a request or a point is refused; the values of `moq.gateway.rejected{reason}` (fleet aggregation, section 8). */
export type RejectReason = ValueOf<typeof sets.rejectReason>;

/** What can go wrong with the gateway itself, beside what it refuses. */
export type GatewayErrorCode =
  | RejectReason
  | "port_taken"
  | "listen_failed"
  | "open_ingest"
  | "store_unusable"
  | "export_invalid"
  | "export_loop"
  | "bad_proxy"
  | "bad_token_secret";

/** The one error class of this package; programs match `code`, people read the message. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;
  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The refusal of a body that does not say what OTLP says. */
export function malformed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("malformed", message, cause === undefined ? undefined : { cause });
}
