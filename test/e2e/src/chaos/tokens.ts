import { generateKey, type Key, signToken } from "@moqscope/token";

export const root = "chaos";
/** A token is used by many sessions until it ends. */
const kept = 8;

/** Queries with tokens: those of viewers are few, used again and again, and some of them end during the session. */
export class Tokens {
  readonly #key: Key;
  readonly #viewing: { readonly query: string; readonly endsMs: number }[] = [];
  private constructor(key: Key) {
    this.#key = key;
  }
  static async create(): Promise<Tokens> {
    return new Tokens(await generateKey("ES256", "chaos"));
  }
  /** What the relays prove them with. */
  get publicJwk(): string {
    return JSON.stringify(this.#key.toPublicJwk());
  }
  /** `chance` is a number in [0, 1). */
  async viewing(chance: number, lifeSeconds: number): Promise<string> {
    const at = Math.floor(chance * kept);
    const known = this.#viewing[at];
    if (known && known.endsMs > Date.now() + 1000) return known.query;
    const exp = Math.ceil(Date.now() / 1000 + lifeSeconds);
    const made = { query: `/${root}?jwt=${await signToken(this.#key, { root, get: "", exp })}`, endsMs: exp * 1000 };
    this.#viewing[at] = made;
    return made.query;
  }
  async publishing(): Promise<string> {
    return `/${root}?jwt=${await signToken(this.#key, { root, put: "", exp: Date.now() / 1000 + 3600 })}`;
  }
  /** What relays let each other in with. */
  async relaying(): Promise<string> {
    return `?jwt=${await signToken(this.#key, { root: "", put: "", get: "" })}`;
  }
  /** One that ended a minute ago. */
  async ended(): Promise<string> {
    return `/${root}?jwt=${await signToken(this.#key, { root, get: "", exp: Math.floor(Date.now() / 1000) - 60 })}`;
  }
  /** One for somewhere else. */
  async elsewhere(): Promise<string> {
    return `/${root}?jwt=${await signToken(this.#key, { root: "elsewhere", get: "" })}`;
  }
}
