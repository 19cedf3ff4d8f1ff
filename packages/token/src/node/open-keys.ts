import type { TokenError } from "../error.ts";
import type { KeySource } from "../key-source.ts";
import { UrlKeys } from "../url-keys.ts";
import { FileKeys } from "./file-keys.ts";

export interface OpenKeysOptions {
  /** `one`: a single key, whatever a token's `kid`. `by_id`: `<kid>.jwk` in a folder or below a URL. */
  readonly kind: "one" | "by_id";
  /** Between two looks at files. Default 5 s. */
  readonly watchMs?: number;
  /** Told of a key that cannot be used or had, by the name of its file or URL; keys that were known are used on. */
  readonly onRefused?: (error: TokenError) => void;
  /** Told of a file whose new key is used from now on. */
  readonly onLoaded?: (path: string) => void;
}

/** Keys that can be read again. */
export interface OpenedKeys extends KeySource {
  /** Reads files again and asks URLs anew. Never rejects. */
  reload(): Promise<void>;
  /** Stops watching. May be called twice. */
  close(): void;
}

/**
 * Keys from where a person says they are: a file, a folder, or a URL of http or https.
 * @throws TokenError `key_invalid` when a file or folder cannot be used; a URL is asked when its key is needed.
 */
export async function openKeys(where: string, { onRefused, ...options }: OpenKeysOptions): Promise<OpenedKeys> {
  if (!/^https?:\/\//i.test(where)) return await FileKeys.open(where, { ...options, ...(onRefused ? { onRefused } : {}) });
  const keys = new UrlKeys(where, { kind: options.kind, onRefused: (_url, error) => onRefused?.(error) });
  return {
    find: (kid) => keys.find(kid),
    reload: () => Promise.resolve(keys.reload()),
    close() {},
  };
}
