export type OptionErrorCode = "unknown_option" | "invalid_value" | "missing_option" | "unexpected_argument" | "config_file";

/** How a process was started is wrong: `message` is one line for a person and names the value and where it came from. */
export class OptionError extends Error {
  /** The first of them, where several things are wrong. */
  readonly code: OptionErrorCode;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];

  constructor(code: OptionErrorCode, message: string | readonly string[], options?: ErrorOptions) {
    const problems = typeof message === "string" ? [message] : message;
    super(problems.join("\n"), options);
    this.name = "OptionError";
    this.code = code;
    this.problems = problems;
  }
}

/** Collects what is wrong, so that a person hears of all of it at once. */
export class OptionProblems {
  readonly #errors: OptionError[] = [];

  get count(): number {
    return this.#errors.length;
  }
  add(error: OptionError): void {
    this.#errors.push(error);
  }
  /** What `read` gives, or `undefined` where it throws an `OptionError`. */
  try<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      this.add(error);
      return undefined;
    }
  }
  /** @throws OptionError with every problem, if there is one */
  check(): void {
    const [first, ...rest] = this.#errors;
    if (first === undefined) return;
    if (rest.length === 0) throw first;
    throw new OptionError(
      first.code,
      this.#errors.flatMap(({ problems }) => problems),
      { cause: first },
    );
  }
}
