/** What went wrong; the code beside it is the peer's or the application's where there is one. */
export type QuicErrorKind =
  | "addon_missing"
  | "listen_failed"
  | "certificate_invalid"
  /** The peer could not be reached or TLS failed. */
  | "connect_failed"
  /** The server answered CONNECT with a status: `code` holds it. */
  | "rejected"
  | "protocol_not_offered"
  /** The session has ended. */
  | "closed"
  /** The peer reset the stream. */
  | "reset"
  | "timeout";

/** Every error of this package: what kind, and the code as a number, so that nobody parses a message. */
export class QuicError extends Error {
  override readonly name = "QuicError";
  readonly kind: QuicErrorKind;
  readonly code: number | undefined;
  constructor(kind: QuicErrorKind, message: string, code?: number) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}
