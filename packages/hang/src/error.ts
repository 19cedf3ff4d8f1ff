/** What went wrong, for programs. Stable: a new kind of failure gets a new code. */
export const HangErrorCode = {
  /** The catalog is no JSON, has a field of the wrong type or is too large. */
  catalogInvalid: "catalog_invalid",
  /** A frame that its container does not allow. */
  containerInvalid: "container_invalid",
  /** A frame or configuration given to a publisher that cannot be published. */
  publishInvalid: "publish_invalid",
  /** Nothing in the catalog can be decoded here. */
  codecUnsupported: "codec_unsupported",
  /** A decoder gave up. */
  decodeFailed: "decode_failed",
  /** A limit with a name was exceeded. */
  boundsExceeded: "bounds_exceeded",
  /** No first picture within the time an attempt may take. */
  startTimeout: "start_timeout",
} as const;
export type HangErrorCode = (typeof HangErrorCode)[keyof typeof HangErrorCode];

/** The one error of this package. Programs match `code`; people read a message that names the value and the limit. */
export class HangError extends Error {
  override readonly name = "HangError";
  readonly code: HangErrorCode;
  constructor(code: HangErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
