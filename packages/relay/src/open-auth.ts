import { OptionError } from "@moqscope/telemetry/options";
import { openKeys } from "@moqscope/token/node";
import type { AuthOptions } from "./entrance/access.ts";

/** What a person says about tokens. */
export interface AuthSettings {
  readonly authKey: string | undefined;
  readonly authKeyDir: string | undefined;
  readonly authPublic: readonly string[];
  readonly authPublicSubscribe: readonly string[];
  readonly authPublicPublish: readonly string[];
}
export interface OpenedAuth {
  readonly options: AuthOptions;
  /** Reads the keys again. Never rejects. */
  reload(): Promise<void>;
  /** Looks at the keys no more. */
  close(): void;
}

/**
 * Who may do what, as the settings say, with keys that are read again when they change; `undefined` when they say nothing.
 * @param onRefused told of a key that cannot be used, by the name of its file or URL; the old one is used on
 * @throws OptionError when settings exclude each other, TokenError `key_invalid` naming the file.
 */
export async function openAuth(settings: AuthSettings, onRefused: (message: string) => void): Promise<OpenedAuth | undefined> {
  const { authKey, authKeyDir, authPublic } = settings;
  if (authKey !== undefined && authKeyDir !== undefined)
    throw new OptionError("invalid_value", "--auth-key and --auth-key-dir exclude each other");
  const where = authKey ?? authKeyDir;
  const subscribe = [...authPublic, ...settings.authPublicSubscribe];
  const publish = [...authPublic, ...settings.authPublicPublish];
  if (where === undefined && subscribe.length + publish.length === 0) return undefined;
  const kind = authKey === undefined ? "by_id" : "one";
  const keys = where === undefined ? undefined : await openKeys(where, { kind, onRefused: ({ message }) => onRefused(message) });
  return {
    options: { publicPrefixes: { subscribe, publish }, ...(keys ? { keys } : {}) },
    reload: () => keys?.reload() ?? Promise.resolve(),
    close: () => keys?.close(),
  };
}
