import type { Claims } from "./claims.ts";
import { TokenError, TokenErrorCode } from "./error.ts";
import { type Grants, narrow } from "./grants.ts";
import type { KeySource } from "./key-source.ts";
import { normalizePath } from "./path.ts";
import { verifyToken } from "./verify.ts";

/** What nobody needs a token for (relay-behaviour §7.6): prefixes of paths, `""` for every path. */
export interface PublicPrefixes {
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
}

/** What whoever connects may do: grants relative to its connect path, which is their root. */
export interface Permit extends Grants {
  /** Epoch milliseconds at which its session ends; absent for never. */
  readonly expiresMs: number | undefined;
  /** Country of the viewer, where the token says it. */
  readonly country: string | undefined;
}

export interface AuthorizerOptions {
  /** Without keys every token is refused. */
  readonly keys?: KeySource;
  readonly publicPrefixes?: PublicPrefixes;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** Decides what a connect path and a token, or the lack of one, allow. */
export class Authorizer {
  readonly #keys: KeySource | undefined;
  readonly #public: Grants;
  readonly #now: () => number;

  constructor({ keys, publicPrefixes = {}, now = Date.now }: AuthorizerOptions) {
    const { publish = [], subscribe = [] } = publicPrefixes;
    this.#keys = keys;
    this.#public = { root: "", put: publish.map(normalizePath), get: subscribe.map(normalizePath) };
    this.#now = now;
  }

  /**
   * What is allowed at a connect path. A token counts alone; public prefixes are for those who bring none. An empty token is none.
   * @throws TokenError `missing`, `malformed`, `bad_signature`, `expired`, `scope`, `unknown_key` or `key_unavailable`.
   */
  async authorize(path: string, token: string | undefined): Promise<Permit> {
    if (token === undefined || token === "") return this.#authorizePublic(path);
    if (this.#keys === undefined) throw new TokenError(TokenErrorCode.unknownKey, "a token was given and there is no key to prove it");
    const claims = await verifyToken(token, this.#keys, this.#now);
    return permitOf(narrow(claims, path), claims);
  }

  #authorizePublic(path: string): Permit {
    try {
      return permitOf(narrow(this.#public, path), {});
    } catch (cause) {
      throw new TokenError(TokenErrorCode.missing, "this path needs a token", { cause });
    }
  }
}

function permitOf(grants: Grants, { exp, country }: Pick<Claims, "exp" | "country">): Permit {
  return { ...grants, expiresMs: exp === undefined ? undefined : exp * 1000, country };
}
