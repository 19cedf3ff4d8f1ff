import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { TokenError, TokenErrorCode } from "../error.ts";
import type { Key } from "../key.ts";
import { isKeyId } from "../key.ts";
import type { KeySource } from "../key-source.ts";
import { loadNamed, readKeyText } from "./read-key-file.ts";

export interface FileKeysOptions {
  /** `one`: the path is a JWK file. `by_id`: it is a folder of files `<kid>.jwk`. */
  readonly kind: "one" | "by_id";
  /** Between two looks at the files. Default 5 s; 0 for never. */
  readonly watchMs?: number;
  /** Told of a file that cannot be used, once for each of its contents; the key that it held before is used on. */
  readonly onRefused?: (error: TokenError) => void;
  /** Told of a file whose key is used from now on; not of those at the start. */
  readonly onLoaded?: (path: string) => void;
}

/** What a file held last, and the key that is used for it. */
interface Held {
  readonly text: string;
  readonly key: Key | undefined;
}

/** Files of a folder that are looked at. */
const filesHeld = 1_000;

/**
 * Keys in files, read again when they change. A file that becomes unusable leaves its key in use; one that is removed from a folder takes
 * its key with it, which is how a key is withdrawn.
 */
export class FileKeys implements KeySource {
  readonly #path: string;
  readonly #options: FileKeysOptions;
  #held: ReadonlyMap<string, Held> = new Map();
  #reading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #folderError: string | undefined;
  #isOpen = false;

  /** Reads the files and watches them. @throws TokenError `key_invalid` with the name of the first file that cannot be used. */
  static async open(path: string, options: FileKeysOptions): Promise<FileKeys> {
    const keys = new FileKeys(path, options);
    await keys.#read((error) => {
      throw error;
    });
    keys.#isOpen = true;
    const { watchMs = 5_000 } = options;
    if (watchMs > 0) keys.#timer = setInterval(() => void keys.reload(), watchMs).unref();
    return keys;
  }

  private constructor(path: string, options: FileKeysOptions) {
    this.#path = path;
    this.#options = options;
  }

  find(kid: string | undefined): Promise<Key> {
    if (this.#options.kind === "by_id" && kid === undefined)
      return Promise.reject(new TokenError(TokenErrorCode.unknownKey, "the token names no key"));
    const key = this.#held.get(this.#options.kind === "one" ? this.#path : join(this.#path, `${kid}.jwk`))?.key;
    return key === undefined
      ? Promise.reject(new TokenError(TokenErrorCode.unknownKey, "no key has the token's kid"))
      : Promise.resolve(key);
  }

  /** Reads the files again; `onRefused` is told of those that cannot be used. Never rejects. */
  reload(): Promise<void> {
    this.#reading ??= this.#read((error) => this.#options.onRefused?.(error)).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Stops watching. May be called twice. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #read(refused: (error: TokenError) => void): Promise<void> {
    const paths = await this.#paths(refused);
    if (paths === undefined) return;
    const held = new Map<string, Held>();
    for (const path of paths) {
      const next = await this.#readOne(path, refused);
      if (next !== undefined) held.set(path, next);
    }
    this.#held = held;
  }

  /** `undefined`, after it was told, when the folder cannot be read: then every key stays. */
  async #paths(refused: (error: TokenError) => void): Promise<readonly string[] | undefined> {
    if (this.#options.kind === "one") return [this.#path];
    try {
      const names = (await readdir(this.#path)).filter((name) => name.endsWith(".jwk") && isKeyId(basename(name, ".jwk"))).sort();
      if (names.length > filesHeld) throw new Error(`it has more than ${filesHeld} keys`);
      this.#folderError = undefined;
      return names.map((name) => join(this.#path, name));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const isTold = this.#folderError === why;
      this.#folderError = why;
      if (!isTold) refused(new TokenError(TokenErrorCode.keyInvalid, `the key folder ${this.#path} cannot be read: ${why}`, { cause }));
      return undefined;
    }
  }

  async #readOne(path: string, refused: (error: TokenError) => void): Promise<Held | undefined> {
    const before = this.#held.get(path);
    let text = "";
    try {
      text = await readKeyText(path);
      if (text === before?.text) return before;
      const key = await loadNamed(path, text);
      if (this.#isOpen) this.#options.onLoaded?.(path);
      return { text, key };
    } catch (cause) {
      if (!(cause instanceof TokenError)) throw cause;
      // the same contents are told once, not at every look
      if (before === undefined || before.text !== text) refused(cause);
      return { text, key: before?.key };
    }
  }
}
