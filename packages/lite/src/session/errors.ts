import { LiteError, LiteErrorCode } from "../error.ts";
import type { BidiStream } from "../transport/transport.ts";
import { isRoutineCode, wireCodeOf } from "../wire/code.ts";

/** Any failure as the one error of this package. */
export function toLiteError(error: unknown): LiteError {
  if (error instanceof LiteError) return error;
  return new LiteError(LiteErrorCode.internal, error instanceof Error ? error.message : String(error), { cause: error });
}
/** Whether it is no failure: the peer left, we left, or the session is over and tells that itself. */
export function isRoutine(error: LiteError): boolean {
  if (error.code === LiteErrorCode.streamReset) return isRoutineCode(error.wireCode ?? 0);
  return error.code === LiteErrorCode.cancelled || error.code === LiteErrorCode.transportClosed;
}
/** Whether the peer broke a control message, which ends the session (moq-lite §10.4), and not only this stream. */
export function isMalformed(error: LiteError): boolean {
  return (
    error.code === LiteErrorCode.decode || error.code === LiteErrorCode.boundsExceeded || error.code === LiteErrorCode.protocolViolation
  );
}
/** Ends both halves of a stream for this reason. */
export function abandon(stream: BidiStream, error: unknown): void {
  const code = wireCodeOf(error);
  stream.send.reset(code);
  stream.receive.stop(code);
}
