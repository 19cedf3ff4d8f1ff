import { readFile } from "node:fs/promises";
import { OptionError } from "@moqscope/telemetry/options";
import type { TokenError } from "@moqscope/token";
import { openKeys } from "@moqscope/token/node";
import { GatewayError } from "../error.ts";
import type { TokenOptions } from "./token-options.ts";

/** What a person says about tokens. */
export interface TokenSettings {
  readonly authKey: string | undefined;
  readonly authKeyDir: string | undefined;
  readonly authPublic: readonly string[];
  readonly authPublicSubscribe: readonly string[];
  readonly authPublicPublish: readonly string[];
  readonly tokenSecret: string | undefined;
  readonly tokenSecretFile: string | undefined;
  readonly tokenLife: number;
}

/**
 * The tokens of a gateway as its settings say, with keys that are read again when they change; `undefined` when they say nothing.
 * @param onRefused told of a key that cannot be used, by the name of its file or URL; the old one is used on
 * @throws OptionError when settings exclude each other, TokenError `key_invalid` naming a file, GatewayError `bad_token_secret`.
 */
export async function openTokens(
  settings: TokenSettings,
  onRefused: (error: TokenError) => void,
): Promise<{ readonly tokens: TokenOptions; reload(): Promise<void> } | undefined> {
  const { authKey, authKeyDir, authPublic, tokenLife } = settings;
  if (authKey !== undefined && authKeyDir !== undefined)
    throw new OptionError("invalid_value", "--auth-key and --auth-key-dir exclude each other");
  const publicPrefixes = {
    subscribe: [...authPublic, ...settings.authPublicSubscribe],
    publish: [...authPublic, ...settings.authPublicPublish],
  };
  const secret = await secretOf(settings);
  const where = authKey ?? authKeyDir;
  const keys = where === undefined ? undefined : await openKeys(where, { kind: authKey === undefined ? "by_id" : "one", onRefused });
  if (keys === undefined && secret === undefined && publicPrefixes.subscribe.length + publicPrefixes.publish.length === 0) return undefined;
  return {
    tokens: { publicPrefixes, lifeMs: tokenLife, ...(keys === undefined ? {} : { keys }), ...(secret === undefined ? {} : { secret }) },
    reload: () => keys?.reload() ?? Promise.resolve(),
  };
}

async function secretOf({ tokenSecret, tokenSecretFile }: TokenSettings): Promise<Uint8Array | undefined> {
  if (tokenSecretFile === undefined) return tokenSecret === undefined ? undefined : Buffer.from(tokenSecret.trim());
  if (tokenSecret !== undefined) throw new OptionError("invalid_value", "--token-secret and --token-secret-file exclude each other");
  try {
    return Buffer.from((await readFile(tokenSecretFile, "utf8")).trim());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("bad_token_secret", `the secret of telemetry tokens cannot be read: ${why}`, { cause });
  }
}
