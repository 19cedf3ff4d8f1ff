/** What is wrong with a token or a key, for programs. Stable. */
export const TokenErrorCode = {
  /** No token was given, and the path is not public. */
  missing: "missing",
  /** It is no JWT, or its claims are not those of MoQ. */
  malformed: "malformed",
  expired: "expired",
  /** The signature is not the key's, or the key signs with another algorithm. */
  badSignature: "bad_signature",
  /** No key has the token's `kid`, or none is configured. */
  unknownKey: "unknown_key",
  /** The token grants nothing at the connect path, or more than its key may grant. */
  scope: "scope",
  /** The text is no JWK that can be used. */
  keyInvalid: "key_invalid",
  /** The source of the keys does not answer. */
  keyUnavailable: "key_unavailable",
} as const;
export type TokenErrorCode = (typeof TokenErrorCode)[keyof typeof TokenErrorCode];

/** The one error class of this package; programs match `code`, people read the message. No message repeats a token or a secret. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;
  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
