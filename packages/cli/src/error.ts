/** What went wrong, for programs. */
export const CliErrorCode = {
  /** The command line is wrong (exit code 2). */
  usage: "usage",
  fileNotFound: "file_not_found",
  /** The file is neither MP4 nor WebM, is damaged, or holds nothing that a browser could decode. */
  notMedia: "not_media",
  /** No session with the relay within the time that was given. */
  unreachable: "unreachable",
  /** The broadcast, or its track, did not appear within the time that was given. */
  timeout: "timeout",
  /** The broadcast has no rendition of that name. */
  noRendition: "no_rendition",
} as const;
export type CliErrorCode = (typeof CliErrorCode)[keyof typeof CliErrorCode];

/** The one error of this package. Its message is one line that names the value and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
  /** 2 for a wrong command line, otherwise 1. */
  get exitCode(): 1 | 2 {
    return this.code === CliErrorCode.usage ? 2 : 1;
  }
}
