import { LiteError, type LiteErrorCode } from "../error.ts";

/** Codes on RESET, STOP_SENDING and session close that we send (moq-lite §10.1). */
export const WireCode = {
  cancel: 0,
  old: 2,
  timeout: 3,
  transport: 4,
  decode: 5,
  unauthorized: 6,
  version: 9,
  unexpectedStream: 10,
  boundsExceeded: 11,
  duplicate: 12,
  notFound: 13,
  protocolViolation: 15,
  unexpectedMessage: 16,
  unsupported: 17,
  dropped: 24,
  lagged: 26,
  frameTooLarge: 27,
  unroutable: 30,
} as const;

const byCode: Readonly<Record<LiteErrorCode, number>> = {
  protocol_violation: WireCode.protocolViolation,
  decode: WireCode.decode,
  bounds_exceeded: WireCode.boundsExceeded,
  not_found: WireCode.notFound,
  unauthorized: WireCode.unauthorized,
  version_mismatch: WireCode.version,
  old: WireCode.old,
  timeout: WireCode.timeout,
  cancelled: WireCode.cancel,
  stream_reset: WireCode.dropped,
  transport_closed: WireCode.dropped,
  connect_failed: WireCode.dropped,
  unsupported: WireCode.unsupported,
  internal: WireCode.dropped,
};

/** The number that tells a peer of this failure. */
export function wireCodeOf(error: unknown): number {
  if (!(error instanceof LiteError)) return WireCode.dropped;
  return error.wireCode ?? byCode[error.code];
}

/** The peer reset or stopped with 0 or 1: both mean a routine cancel in one released table or the other (moq-lite §10.4). */
export function isRoutineCode(code: number): boolean {
  return code === 0 || code === 1;
}
