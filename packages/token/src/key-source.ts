import type { Key } from "./key.ts";

/** Where the keys of tokens come from. */
export interface KeySource {
  /**
   * The key for a token with this `kid`.
   * @throws TokenError `unknown_key` when there is none, `key_unavailable` when that cannot be found out.
   */
  find(kid: string | undefined): Promise<Key>;
}
