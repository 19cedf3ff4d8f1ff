import { base64url, exportJWK, generateKeyPair } from "jose";
import { type Algorithm, recordOf } from "./algorithm.ts";
import { TokenError, TokenErrorCode } from "./error.ts";
import { isKeyId, type Key, loadKey } from "./key.ts";

/**
 * Makes a new key. `kid` is 16 random hex digits unless one is given.
 * @throws TokenError `key_invalid` for a `kid` that cannot be one.
 */
export async function generateKey(algorithm: Algorithm, kid: string = randomId()): Promise<Key> {
  if (!isKeyId(kid)) throw new TokenError(TokenErrorCode.keyInvalid, "kid has 1 to 128 of A-Z a-z 0-9 _ -");
  const head = { kid, alg: algorithm, key_ops: ["sign", "verify"] };
  const { secretBytes } = recordOf(algorithm);
  if (secretBytes !== undefined) return loadKey(JSON.stringify({ kty: "oct", ...head, k: base64url.encode(random(secretBytes)) }));
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const { kty, crv, ...numbers } = await exportJWK(privateKey);
  return loadKey(JSON.stringify({ kty, crv, ...head, ...numbers }));
}

function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

function randomId(): string {
  return Array.from(random(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
