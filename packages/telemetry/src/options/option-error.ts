export type OptionErrorCode = "unknown_option" | "invalid_value" | "missing_option" | "unexpected_argument" | "config_file";

/** How a process was started is wrong: `message` is one line for a person and names the value and where it came from. */
export class OptionError extends Error {
  readonly code: OptionErrorCode;

  constructor(code: OptionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OptionError";
    this.code = code;
  }
}
