import { decodeJwt, decodeProtectedHeader } from "jose";
import { TokenError, TokenErrorCode } from "./error.ts";
import { maxTokenCharacters } from "./verify.ts";

/** What a token says of itself; nothing of it is proved. */
export interface TokenContents {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Reads a token without a key. @throws TokenError `malformed`. */
export function inspectToken(token: string): TokenContents {
  if (token.length > maxTokenCharacters)
    throw new TokenError(TokenErrorCode.malformed, `the token has more than ${maxTokenCharacters} characters`);
  try {
    return { header: { ...decodeProtectedHeader(token) }, payload: decodeJwt(token) };
  } catch (cause) {
    throw new TokenError(TokenErrorCode.malformed, "the token is no JWT", { cause });
  }
}
