import { LiteError, LiteErrorCode } from "../error.ts";
import { WireCode } from "../wire/code.ts";

/** What a reset of a request stream says of the request, for people and programs; nothing depends on it being right. */
export function peerError(cause: LiteError, what: string): LiteError {
  if (cause.code !== LiteErrorCode.streamReset) return cause;
  const wireCode = cause.wireCode ?? 0;
  switch (wireCode) {
    case WireCode.notFound:
    case WireCode.unroutable:
      return new LiteError(LiteErrorCode.notFound, `peer has no ${what}`, { cause, wireCode });
    case WireCode.cancel: // Released JavaScript publishers refuse with 0; who is told of it by us is told why.
      return new LiteError(LiteErrorCode.notFound, `peer has no ${what}`, { cause, wireCode: WireCode.notFound });
    case WireCode.unauthorized:
      return new LiteError(LiteErrorCode.unauthorized, `peer refuses ${what}`, { cause, wireCode });
    case WireCode.timeout:
      return new LiteError(LiteErrorCode.timeout, `peer had no answer in time for ${what}`, { cause, wireCode });
    default:
      return new LiteError(LiteErrorCode.streamReset, `peer ended ${what} with code ${wireCode}`, { cause, wireCode });
  }
}
