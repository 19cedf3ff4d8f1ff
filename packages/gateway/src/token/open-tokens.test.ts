import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "@moqscope/token";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTokens, type TokenSettings } from "./open-tokens.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-gateway-tokens-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const none: TokenSettings = {
  authKey: undefined,
  authKeyDir: undefined,
  authPublic: [],
  authPublicSubscribe: [],
  authPublicPublish: [],
  tokenSecret: undefined,
  tokenSecretFile: undefined,
  tokenLife: 600_000,
};
const open = (settings: Partial<TokenSettings>, refused: string[] = []) =>
  openTokens({ ...none, ...settings }, ({ message }) => refused.push(message));

test("without a word on tokens there are none", async () => {
  expect(await open({})).toBeUndefined();
});

test("public paths count for both directions or for one", async () => {
  const found = await open({ authPublic: ["a"], authPublicSubscribe: ["b"], authPublicPublish: ["c"] });
  expect(found?.tokens).toEqual({ lifeMs: 600_000, publicPrefixes: { subscribe: ["a", "b"], publish: ["a", "c"] } });
});

test("the secret comes from text or file, without the line break at its end", async () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const file = join(folder, "secret");
  writeFileSync(file, `${secret}\n`);
  for (const settings of [{ tokenSecret: secret }, { tokenSecretFile: file }])
    expect(Buffer.from((await open(settings))?.tokens.secret ?? []).toString()).toBe(secret);
  await expect(open({ tokenSecret: secret, tokenSecretFile: file })).rejects.toThrow(/exclude each other/);
  await expect(open({ tokenSecretFile: join(folder, "none") })).rejects.toMatchObject({ code: "bad_token_secret" });
});

test("a key file is read again on reload; an unusable one is refused by name, at the start too", async () => {
  const file = join(folder, "key.jwk");
  writeFileSync(file, JSON.stringify((await generateKey("HS256", "first")).toPrivateJwk()));
  const refused: string[] = [];
  const found = await open({ authKey: file }, refused);
  expect((await found?.tokens.keys?.find(undefined))?.id).toBe("first");
  writeFileSync(file, "{");
  await found?.reload();
  expect(refused).toEqual([expect.stringContaining(file) as string]);
  expect((await found?.tokens.keys?.find(undefined))?.id).toBe("first");
  await expect(open({ authKey: file })).rejects.toMatchObject({ code: "key_invalid" });
  await expect(open({ authKey: file, authKeyDir: folder })).rejects.toThrow(/exclude each other/);
});
