import { TokenError, TokenErrorCode } from "./error.ts";
import { type Key, loadKey, maxKeyCharacters } from "./key.ts";
import type { KeySource } from "./key-source.ts";

export interface UrlKeysOptions {
  /** Where the JWK of a key is. `one`: the URL itself. `by_id`: `<url>/<kid>.jwk`. */
  readonly kind: "one" | "by_id";
  /** Age of a key that is still used when the server does not say another (`Cache-Control: max-age`). Default 60 s. */
  readonly maxAgeMs?: number;
  /** For one answer. Default 5 s. */
  readonly timeoutMs?: number;
  /** Told of a key that cannot be had or used, by its URL; one known before is used on. */
  readonly onRefused?: (url: string, error: TokenError) => void;
  readonly fetch?: typeof fetch;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** A key, or the knowledge that there is none, until it is asked for again. */
interface Held {
  readonly key: Key | undefined;
  readonly freshUntilMs: number;
}

/** Keys held at once; the one longest unused makes room. */
const keysHeld = 1_000;
/** Questions under way at once: tokens with invented ids must not become a flood at the key server. */
const questionsAtOnce = 16;
const unknownForMs = 10_000;
const longestMs = 24 * 3_600_000;

/** Keys by HTTP, cached as the server says. While it does not answer, keys that were known stay. */
export class UrlKeys implements KeySource {
  readonly #url: string;
  readonly #options: UrlKeysOptions;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<Key>>();

  /** @throws TokenError `key_invalid` when the text is no http or https URL. */
  constructor(url: string, options: UrlKeysOptions) {
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
      throw new TokenError(TokenErrorCode.keyInvalid, `${url} is no URL of http or https`);
    this.#url = url;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async find(kid: string | undefined): Promise<Key> {
    const url = this.#urlOf(kid);
    const held = this.#held.get(url);
    if (held !== undefined && this.#now() < held.freshUntilMs) return known(held.key);
    const asking = this.#asking.get(url);
    if (asking !== undefined) return asking;
    if (this.#asking.size >= questionsAtOnce) {
      if (held?.key !== undefined) return held.key;
      throw new TokenError(TokenErrorCode.keyUnavailable, "too many keys are being asked for");
    }
    const question = this.#ask(url, held?.key).finally(() => this.#asking.delete(url));
    this.#asking.set(url, question);
    return question;
  }

  /** Asks for every key anew when it is needed next. */
  reload(): void {
    for (const [url, { key }] of this.#held) this.#held.set(url, { key, freshUntilMs: 0 });
  }

  #urlOf(kid: string | undefined): string {
    if (this.#options.kind === "one") return this.#url;
    if (kid === undefined) throw new TokenError(TokenErrorCode.unknownKey, "the token names no key");
    return new URL(`${kid}.jwk`, this.#url.endsWith("/") ? this.#url : `${this.#url}/`).href;
  }

  async #ask(url: string, before: Key | undefined): Promise<Key> {
    try {
      const { fetch: ask = fetch, timeoutMs = 5_000 } = this.#options;
      const response = await ask(url, { redirect: "error", credentials: "omit", signal: AbortSignal.timeout(timeoutMs) });
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel();
        this.#hold(url, undefined, unknownForMs);
        return known(undefined);
      }
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      const key = await loadKey(await readText(response));
      this.#hold(url, key, maxAgeOf(response) ?? this.#options.maxAgeMs ?? 60_000);
      return key;
    } catch (cause) {
      if (cause instanceof TokenError && cause.code === TokenErrorCode.unknownKey) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      const error = new TokenError(TokenErrorCode.keyUnavailable, `the key of ${url} cannot be had: ${why}`, { cause });
      this.#options.onRefused?.(url, error);
      if (before === undefined) throw error;
      this.#hold(url, before, unknownForMs);
      return before;
    }
  }

  #hold(url: string, key: Key | undefined, forMs: number): void {
    this.#held.delete(url);
    if (this.#held.size >= keysHeld) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    this.#held.set(url, { key, freshUntilMs: this.#now() + Math.min(forMs, longestMs) });
  }
}

function known(key: Key | undefined): Key {
  if (key === undefined) throw new TokenError(TokenErrorCode.unknownKey, "no key has the token's kid");
  return key;
}

/** The body, as far as a key can be long. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxKeyCharacters) throw new Error(`it has more than ${maxKeyCharacters} characters`);
  }
  return text + decoder.decode();
}

function maxAgeOf(response: Response): number | undefined {
  const header = response.headers.get("cache-control") ?? "";
  if (/\bno-(?:store|cache)\b/.test(header)) return 0;
  const seconds = /\bmax-age=(\d{1,9})\b/.exec(header)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
