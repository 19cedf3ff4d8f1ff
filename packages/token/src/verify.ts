import { decodeProtectedHeader, errors, jwtVerify } from "jose";
import { type Claims, readClaims } from "./claims.ts";
import { TokenError, TokenErrorCode } from "./error.ts";
import { isWithin } from "./grants.ts";
import { isKeyId, Key } from "./key.ts";
import type { KeySource } from "./key-source.ts";

/** Characters of a token; longer ones are not looked at. */
export const maxTokenCharacters = 8_192;

/**
 * The claims of a token whose signature, algorithm, times and scope hold.
 * @param keys the key, or where keys are found by the token's `kid`
 * @param now epoch milliseconds
 * @throws TokenError `malformed`, `bad_signature`, `expired`, `scope`, `unknown_key` or `key_unavailable`.
 */
export async function verifyToken(token: string, keys: Key | KeySource, now: () => number = Date.now): Promise<Claims> {
  const kid = keyIdOf(token);
  const key = keys instanceof Key ? keys : await keys.find(kid);
  let payload: Readonly<Record<string, unknown>>;
  try {
    const verified = await jwtVerify(token, key.material("verify"), { algorithms: [key.algorithm], currentDate: new Date(now()) });
    payload = verified.payload;
  } catch (cause) {
    throw cause instanceof TokenError ? cause : refusal(cause);
  }
  const claims = readClaims(payload);
  if (key.scope !== undefined && !isWithin(claims, key.scope))
    throw new TokenError(TokenErrorCode.scope, "the token grants more than its key may");
  return claims;
}

/** What `kid` the token names. @throws TokenError `malformed`. */
function keyIdOf(token: string): string | undefined {
  if (token.length > maxTokenCharacters)
    throw new TokenError(TokenErrorCode.malformed, `the token has more than ${maxTokenCharacters} characters`);
  let kid: unknown;
  try {
    ({ kid } = decodeProtectedHeader(token));
  } catch (cause) {
    throw new TokenError(TokenErrorCode.malformed, "the token is no JWT", { cause });
  }
  if (kid === undefined || isKeyId(kid)) return kid;
  throw new TokenError(TokenErrorCode.malformed, "the token's kid is none");
}

function refusal(cause: unknown): TokenError {
  if (cause instanceof errors.JWTExpired) return new TokenError(TokenErrorCode.expired, "the token has expired", { cause });
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return new TokenError(TokenErrorCode.badSignature, "the token's signature is not the key's", { cause });
  if (cause instanceof errors.JOSEAlgNotAllowed)
    return new TokenError(TokenErrorCode.badSignature, "the token is signed by another algorithm than the key's", { cause });
  return new TokenError(TokenErrorCode.malformed, "the token is no JWT with claims of MoQ", { cause });
}
