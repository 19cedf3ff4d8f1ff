/** What `abort` and `cancel` are given so that the peer hears the code. */
interface StreamErrorOptions {
  readonly source: "stream";
  readonly streamErrorCode: number;
}
interface StreamCoded extends Error {
  readonly streamErrorCode?: number | null;
}
type StreamErrorConstructor = new (
  first: string | { readonly message: string; readonly streamErrorCode: number },
  options?: StreamErrorOptions,
) => StreamCoded;

/**
 * An error that carries a stream's code: the platform's `WebTransportError`, with its constructor as Chromium 156 has it (one object,
 * which the specification's takes for a message) or as the specification does; elsewhere an `Error` with the same fields, and `code`,
 * which @fails-components/webtransport reads.
 */
export function streamError(code: number): Error {
  const Constructor = (globalThis as { readonly WebTransportError?: StreamErrorConstructor }).WebTransportError;
  const message = `code ${code}`;
  if (!Constructor) return Object.assign(new Error(message), { source: "stream", streamErrorCode: code, code });
  const error = oneObject(Constructor, message, code);
  if (error.streamErrorCode === code || error.streamErrorCode === highestOfChromium) return error;
  return new Constructor(message, { source: "stream", streamErrorCode: code });
}

/** The code with which the peer reset or stopped the stream; `undefined` when that is not what happened. */
export function streamCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { source, streamErrorCode, message } = error as { source?: unknown; streamErrorCode?: unknown; message?: unknown };
  if (source === "session") return undefined;
  if (typeof streamErrorCode === "number") return streamErrorCode;
  if (source === "stream") return 0;
  // @fails-components/webtransport 1.6.8 tells the code in its message only.
  const told = typeof message === "string" ? /^(?:Resetstream|StopSending) with code:(\d+)$/.exec(message) : null;
  return told ? Number(told[1]) : undefined;
}

/** Chromium 156 refuses codes above 255: the highest stands for them. */
function oneObject(Constructor: StreamErrorConstructor, message: string, code: number): StreamCoded {
  try {
    return new Constructor({ message, streamErrorCode: code });
  } catch {
    return new Constructor({ message, streamErrorCode: highestOfChromium });
  }
}
const highestOfChromium = 255;
