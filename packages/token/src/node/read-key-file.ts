import { open } from "node:fs/promises";
import { TokenError, TokenErrorCode } from "../error.ts";
import { type Key, loadKey, maxKeyCharacters } from "../key.ts";

/**
 * Reads a JWK file.
 * @throws TokenError `key_invalid` with the file's name and what does not fit.
 */
export async function readKeyFile(path: string): Promise<Key> {
  return await loadNamed(path, await readKeyText(path));
}

/** The text of a file that can be a key. @throws TokenError `key_invalid`. */
export async function readKeyText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > maxKeyCharacters) throw new Error(`it has more than ${maxKeyCharacters} bytes`);
    return await file.readFile("utf8");
  } catch (cause) {
    throw named(path, cause);
  }
}

export async function loadNamed(path: string, text: string): Promise<Key> {
  try {
    return await loadKey(text);
  } catch (cause) {
    throw named(path, cause);
  }
}

function named(path: string, cause: unknown): TokenError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TokenError(TokenErrorCode.keyInvalid, `the key file ${path} cannot be used: ${why}`, { cause });
}
