import { type ClaimsInput, generateKey, type Key, type KeySource, signToken } from "@moqscope/token";

/** Issues tokens, and gives the relay the half of the key that it needs. */
export class Issuer {
  readonly keys: KeySource;
  readonly #key: Key;
  static async create(): Promise<Issuer> {
    return new Issuer(await generateKey("ES256", "test"));
  }
  private constructor(key: Key) {
    this.#key = key;
    this.keys = { find: () => Promise.resolve(key) };
  }
  token(claims: ClaimsInput): Promise<string> {
    return signToken(this.#key, claims);
  }
  /** A query with a token. */
  async query(claims: ClaimsInput): Promise<string> {
    return `?jwt=${await this.token(claims)}`;
  }
}

/** Unix seconds, so long from now. */
export function secondsAhead(seconds: number): number {
  return Date.now() / 1000 + seconds;
}
