/** What went wrong, for programs. Stable: a new kind of failure gets a new code. */
export const LiteErrorCode = {
  /** The peer broke the protocol: the session is closed with 15. */
  protocolViolation: "protocol_violation",
  /** A message could not be decoded (5). */
  decode: "decode",
  /** A limit with a name was exceeded (11). */
  boundsExceeded: "bounds_exceeded",
  /** No such broadcast, track or group (13). */
  notFound: "not_found",
  unauthorized: "unauthorized",
  /** No version or subprotocol that both sides know. */
  versionMismatch: "version_mismatch",
  /** Superseded, too old or too slow (2, 26). */
  old: "old",
  timeout: "timeout",
  cancelled: "cancelled",
  /** The peer reset or stopped this stream; `wireCode` says with what. */
  streamReset: "stream_reset",
  transportClosed: "transport_closed",
  connectFailed: "connect_failed",
  unsupported: "unsupported",
  internal: "internal",
} as const;
export type LiteErrorCode = (typeof LiteErrorCode)[keyof typeof LiteErrorCode];

export interface LiteErrorOptions extends ErrorOptions {
  /** Number on the wire: what the peer sent, or what we send (moq-lite codes, docs/wire.md). */
  readonly wireCode?: number;
}

/** The one error of this package. Programs match `code`; people read a message that names the value and the limit. */
export class LiteError extends Error {
  override readonly name = "LiteError";
  readonly code: LiteErrorCode;
  readonly wireCode: number | undefined;
  constructor(code: LiteErrorCode, message: string, options: LiteErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.wireCode = options.wireCode;
  }
}
