import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, signToken } from "@moqscope/token";

/** The key of a relay that asks for tokens, and tokens that have ended. */
export interface Doors extends AsyncDisposable {
  readonly keyFile: string;
  /** As a query of the relay's address. */
  readonly ended: string;
}

export async function guardedDoor(): Promise<Doors> {
  const folder = await mkdtemp(join(tmpdir(), "moqscope-door-"));
  const key = await generateKey("ES256", "faults");
  const keyFile = join(folder, "key.jwk");
  await writeFile(keyFile, JSON.stringify(key.toPublicJwk()));
  const ended = await signToken(key, { root: "", get: "", exp: Date.now() / 1000 - 60 });
  return { keyFile, ended: `?jwt=${ended}`, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
