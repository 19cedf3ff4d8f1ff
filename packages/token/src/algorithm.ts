/** Kinds of key, by `kty` (RFC 7518 §6, RFC 8037). */
export type KeyType = "oct" | "RSA" | "EC" | "OKP";

interface AlgorithmRecord {
  readonly type: KeyType;
  /** `crv` of its keys. */
  readonly curve?: string;
  /** Bytes of a secret that is generated for it. */
  readonly secretBytes?: number;
}

/** Signature algorithms that released relays take (relay-behaviour §7.5), with the keys that they need. */
export const algorithms = {
  HS256: { type: "oct", secretBytes: 32 },
  HS384: { type: "oct", secretBytes: 48 },
  HS512: { type: "oct", secretBytes: 64 },
  RS256: { type: "RSA" },
  RS384: { type: "RSA" },
  RS512: { type: "RSA" },
  PS256: { type: "RSA" },
  PS384: { type: "RSA" },
  PS512: { type: "RSA" },
  ES256: { type: "EC", curve: "P-256" },
  ES384: { type: "EC", curve: "P-384" },
  EdDSA: { type: "OKP", curve: "Ed25519" },
} as const satisfies Record<string, AlgorithmRecord>;
export type Algorithm = keyof typeof algorithms;

export const algorithmNames = Object.keys(algorithms) as readonly Algorithm[];

export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === "string" && Object.hasOwn(algorithms, value);
}

export function recordOf(algorithm: Algorithm): AlgorithmRecord {
  return algorithms[algorithm];
}
