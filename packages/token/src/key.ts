import { base64url, type CryptoKey, importJWK, type JWK } from "jose";
import { type Algorithm, isAlgorithm, type KeyType, recordOf } from "./algorithm.ts";
import { TokenError, TokenErrorCode } from "./error.ts";
import { type Grants, readGrants } from "./grants.ts";

/** Characters of a JWK file; a private RSA key of 4096 bits has 3 300. */
export const maxKeyCharacters = 65_536;
const minSecretBytes = 32;
const minModulusBits = 2048;
const kidForm = /^[A-Za-z0-9_-]{1,128}$/;
const privateFields = ["d", "p", "q", "dp", "dq", "qi", "oth"] as const;
/** Fields that hold base64url by kind of key: those that it must have, then those of its private half. */
const material: Readonly<Record<KeyType, readonly [readonly string[], readonly string[]]>> = {
  oct: [["k"], []],
  RSA: [
    ["n", "e"],
    ["d", "p", "q", "dp", "dq", "qi"],
  ],
  EC: [["x", "y"], ["d"]],
  OKP: [["x"], ["d"]],
};

/** Whether a text may be the id of a key: what stands in a file's name and a URL (relay-behaviour §7.5). */
export function isKeyId(value: unknown): value is string {
  return typeof value === "string" && kidForm.test(value);
}

/** A key that signs or verifies tokens. Printing it tells neither secret nor private half. */
export class Key {
  readonly algorithm: Algorithm;
  /** `kid`; absent where the JWK has none. */
  readonly id: string | undefined;
  /** What a token of this key may grant at most; absent for no limit. */
  readonly scope: Grants | undefined;
  readonly canSign: boolean;
  readonly canVerify: boolean;
  readonly #jwk: JWK;
  readonly #verifying: CryptoKey | Uint8Array;
  readonly #signing: CryptoKey | Uint8Array | undefined;

  /** Use `loadKey`. */
  constructor(parts: KeyParts) {
    this.algorithm = parts.algorithm;
    this.id = parts.id;
    this.scope = parts.scope;
    this.#jwk = parts.jwk;
    this.#verifying = parts.verifying;
    this.#signing = parts.signing;
    this.canSign = parts.signing !== undefined && parts.operations.includes("sign");
    this.canVerify = parts.operations.includes("verify");
  }
  /** @throws TokenError `key_invalid` when the key may not do that, by its `key_ops` or for want of its private half. */
  material(use: "sign" | "verify"): CryptoKey | Uint8Array {
    const found = use === "sign" ? this.#signing : this.#verifying;
    if (found === undefined || !(use === "sign" ? this.canSign : this.canVerify)) throw invalid(`the key is not one to ${use} with`);
    return found;
  }
  /** The whole JWK, secret and private half included, as it is kept in a file. */
  toPrivateJwk(): JWK {
    return { ...this.#jwk };
  }
  /**
   * The half that a relay needs.
   * @throws TokenError `key_invalid` for a symmetric key, which has no public half.
   */
  toPublicJwk(): JWK {
    if (this.#jwk.kty === "oct") throw invalid("a symmetric key has no public half");
    return { ...withoutPrivate(this.#jwk), key_ops: ["verify"] };
  }
  toJSON(): Readonly<Record<string, unknown>> {
    return { algorithm: this.algorithm, id: this.id, canSign: this.canSign, canVerify: this.canVerify };
  }
}

interface KeyParts {
  readonly algorithm: Algorithm;
  readonly id: string | undefined;
  readonly scope: Grants | undefined;
  readonly operations: readonly string[];
  readonly jwk: JWK;
  readonly verifying: CryptoKey | Uint8Array;
  readonly signing: CryptoKey | Uint8Array | undefined;
}

/**
 * Reads a JWK file: JSON, or base64url of that JSON. `kty` absent means `oct`, `key_ops` absent means sign and verify.
 * @throws TokenError `key_invalid` saying what does not fit.
 */
export async function loadKey(text: string): Promise<Key> {
  const given = readJson(text);
  const algorithm = given["alg"];
  if (!isAlgorithm(algorithm)) throw invalid("alg is missing, or none of those that relays take");
  const { type, curve } = recordOf(algorithm);
  const { kty = "oct", crv, kid, scope } = given;
  if (kty !== type) throw invalid(`${algorithm} needs a key of kty ${type}`);
  if (crv !== curve) throw invalid(`${algorithm} needs the curve ${curve ?? "of none"}`);
  if (kid !== undefined && !isKeyId(kid)) throw invalid("kid has 1 to 128 of A-Z a-z 0-9 _ -");
  const jwk: JWK = { ...given, ...readMaterial(given, type), kty: type };
  const hasPrivate = type === "oct" || privateFields.some((field) => Object.hasOwn(jwk, field));
  try {
    return new Key({
      algorithm,
      id: kid,
      scope: scope === undefined ? undefined : readScope(scope),
      operations: readOperations(given["key_ops"]),
      jwk,
      verifying: await importMaterial(withoutPrivate(jwk), algorithm),
      signing: hasPrivate ? await importMaterial(jwk, algorithm) : undefined,
    });
  } catch (cause) {
    throw cause instanceof TokenError ? cause : invalid(`its numbers make no ${algorithm} key`, cause);
  }
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  if (text.length > maxKeyCharacters) throw invalid(`it has more than ${maxKeyCharacters} characters`);
  const trimmed = text.trim();
  let value: unknown;
  try {
    value = JSON.parse(trimmed.startsWith("{") ? trimmed : new TextDecoder().decode(base64url.decode(trimmed)));
  } catch {
    // the cause of a JSON error quotes the text, which is a secret
    throw invalid("it is neither JSON nor base64url of JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("it is no JSON object");
  return value as Record<string, unknown>;
}

/** The key's numbers, in base64url without padding: `@moq/token` takes the standard alphabet too. */
function readMaterial(given: Readonly<Record<string, unknown>>, type: KeyType): Record<string, string> {
  const [needed, ofPrivate] = material[type];
  const present = ofPrivate.filter((field) => given[field] !== undefined);
  if (present.length > 0 && present.length < ofPrivate.length) throw invalid(`a private key has all of ${ofPrivate.join(", ")}`);
  return Object.fromEntries([...needed, ...present].map((field) => [field, readNumber(given, field)]));
}

function readNumber(given: Readonly<Record<string, unknown>>, field: string): string {
  const value = given[field];
  if (typeof value !== "string" || value === "") throw invalid(`${field} is missing`);
  const text = value.trim().replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw invalid(`${field} is no base64url`);
  const bytes = base64url.decode(text).byteLength;
  if (field === "k" && bytes < minSecretBytes) throw invalid(`the secret has ${bytes} bytes, it needs ${minSecretBytes}`);
  return text;
}

function readOperations(value: unknown): readonly string[] {
  if (value === undefined) return ["sign", "verify"];
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === "string"))
    throw invalid("key_ops is a list of operations");
  return value;
}

function readScope(value: unknown): Grants {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("scope is an object of root, put and get");
  try {
    return readGrants(value as Record<string, unknown>);
  } catch (cause) {
    throw invalid("scope is an object of root, put and get", cause);
  }
}

function withoutPrivate(jwk: JWK): JWK {
  if (jwk.kty === "oct") return jwk;
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !(privateFields as readonly string[]).includes(name)));
}

async function importMaterial(jwk: JWK, algorithm: Algorithm): Promise<CryptoKey | Uint8Array> {
  // `key_ops` and `use` are judged here: the import would take them for the usages of one half only
  const { key_ops: _operations, use: _use, ext: _ext, ...rest } = jwk;
  const imported = await importJWK(rest, algorithm);
  if (imported instanceof Uint8Array) return imported;
  const { modulusLength = minModulusBits } = imported.algorithm as { modulusLength?: number };
  if (modulusLength < minModulusBits) throw invalid(`the modulus has ${modulusLength} bits, it needs ${minModulusBits}`);
  return imported;
}

function invalid(message: string, cause?: unknown): TokenError {
  return new TokenError(TokenErrorCode.keyInvalid, message, cause === undefined ? undefined : { cause });
}
