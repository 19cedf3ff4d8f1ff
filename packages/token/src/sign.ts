import { SignJWT } from "jose";
import { type ClaimsInput, readClaims } from "./claims.ts";
import { TokenError, TokenErrorCode } from "./error.ts";
import { isWithin } from "./grants.ts";
import type { Key } from "./key.ts";

/**
 * Signs a token that `@moq/token` and the relays accept: `root` and `iat` are always written.
 * @throws TokenError `scope` when the claims grant nothing or more than the key's `scope`, `malformed` when they are no claims,
 * `key_invalid` when the key may not sign.
 */
export async function signToken(key: Key, claims: ClaimsInput, now: () => number = Date.now): Promise<string> {
  const { root = "", iat = Math.floor(now() / 1000), ...rest } = claims;
  const payload = { root, ...rest, iat };
  const read = readClaims(payload);
  if (claims.country !== undefined && read.country === undefined)
    throw new TokenError(TokenErrorCode.malformed, "country is a code of two capital letters");
  if (key.scope !== undefined && !isWithin(read, key.scope))
    throw new TokenError(TokenErrorCode.scope, "the claims grant more than the key may");
  const header = { alg: key.algorithm, typ: "JWT", ...(key.id === undefined ? {} : { kid: key.id }) };
  return await new SignJWT(payload).setProtectedHeader(header).sign(key.material("sign"));
}
