import { LiteError, LiteErrorCode } from "../error.ts";

const byKind: Readonly<Record<string, LiteErrorCode>> = {
  addon_missing: LiteErrorCode.unsupported,
  connect_failed: LiteErrorCode.connectFailed,
  rejected: LiteErrorCode.connectFailed,
  protocol_not_offered: LiteErrorCode.versionMismatch,
  closed: LiteErrorCode.transportClosed,
  reset: LiteErrorCode.streamReset,
  timeout: LiteErrorCode.timeout,
};
/** HTTP statuses that no other transport would answer better. */
const unauthorized: readonly number[] = [401, 403];

/** A `QuicError` (kind, code) as the error of this package; the code of a stream or session stays as `wireCode`. */
export function quicError(cause: unknown): LiteError {
  if (cause instanceof LiteError) return cause;
  const { kind = "", code } = cause as { readonly kind?: string; readonly code?: number };
  const message = cause instanceof Error ? cause.message : String(cause);
  if (kind === "rejected" && code !== undefined && unauthorized.includes(code))
    return new LiteError(LiteErrorCode.unauthorized, message, { cause });
  const known = byKind[kind] ?? LiteErrorCode.internal;
  const isWireCode = known === LiteErrorCode.streamReset || known === LiteErrorCode.transportClosed;
  return new LiteError(known, message, { cause, ...(isWireCode && code !== undefined ? { wireCode: code } : {}) });
}
