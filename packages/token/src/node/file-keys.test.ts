import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TokenError } from "../error.ts";
import { generateKey } from "../generate.ts";
import { openKeys } from "./open-keys.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "moqscope-token-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (name: string, kid = "k"): Promise<void> =>
  writeFile(join(folder, name), JSON.stringify((await generateKey("HS256", kid)).toPrivateJwk()));
const fails = (code: string, message = /./): TokenError =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as TokenError;

/** Keys of the folder, or of one file in it, that are read again by hand. */
async function open(
  kind: "one" | "by_id",
  name = "",
): Promise<{ keys: Awaited<ReturnType<typeof openKeys>>; refused: string[]; loaded: string[] }> {
  const refused: string[] = [];
  const loaded: string[] = [];
  const keys = await openKeys(join(folder, name), {
    kind,
    watchMs: 0,
    onRefused: ({ message }) => refused.push(message),
    onLoaded: (path) => loaded.push(path),
  });
  return { keys, refused, loaded };
}

describe("one key file", () => {
  test("serves every token and is read again; an unusable one is refused by name, once, and the old key stays", async () => {
    await put("key.jwk", "first");
    const { keys, refused, loaded } = await open("one", "key.jwk");
    expect((await keys.find(undefined)).id).toBe("first");
    await writeFile(join(folder, "key.jwk"), "{broken");
    await keys.reload();
    await keys.reload();
    expect(refused).toEqual([`the key file ${join(folder, "key.jwk")} cannot be used: it is neither JSON nor base64url of JSON`]);
    expect((await keys.find("any")).id).toBe("first");
    await rm(join(folder, "key.jwk"));
    await keys.reload();
    expect((await keys.find("any")).id).toBe("first");
    expect(refused).toHaveLength(2);
    await put("key.jwk", "second");
    await keys.reload();
    expect((await keys.find("any")).id).toBe("second");
    expect(loaded).toEqual([join(folder, "key.jwk")]);
  });

  test("that cannot be used at the start is refused by name", async () => {
    await expect(open("one", "none.jwk")).rejects.toThrow(fails("key_invalid", /none\.jwk/));
    await writeFile(join(folder, "large.jwk"), " ".repeat(70_000));
    await expect(open("one", "large.jwk")).rejects.toThrow(fails("key_invalid", /large\.jwk.*65536/));
    await mkdir(join(folder, "folder.jwk"));
    await expect(open("one", "folder.jwk")).rejects.toThrow(fails("key_invalid", /folder\.jwk/));
  });

  test("that changes is noticed without being told", async () => {
    await put("key.jwk", "first");
    const keys = await openKeys(join(folder, "key.jwk"), { kind: "one", watchMs: 10 });
    await put("key.jwk", "second");
    await expect.poll(async () => (await keys.find(undefined)).id).toBe("second");
    keys.close();
    keys.close();
  });
});

describe("a folder of keys", () => {
  test("finds keys by kid; new files come, unusable ones keep their key, removed ones take it with them", async () => {
    await put("a.jwk", "a");
    await writeFile(join(folder, "readme.txt"), "not a key");
    const { keys, refused } = await open("by_id");
    expect((await keys.find("a")).id).toBe("a");
    await expect(keys.find("b")).rejects.toThrow(fails("unknown_key"));
    await expect(keys.find(undefined)).rejects.toThrow(fails("unknown_key"));
    await put("b.jwk", "b");
    await writeFile(join(folder, "a.jwk"), "{}");
    await keys.reload();
    expect((await keys.find("b")).id).toBe("b");
    expect((await keys.find("a")).id).toBe("a");
    expect(refused).toEqual([expect.stringContaining("a.jwk") as string]);
    await rm(join(folder, "a.jwk"));
    await keys.reload();
    await expect(keys.find("a")).rejects.toThrow(fails("unknown_key"));
  });

  test("that vanishes leaves every key in use and is told once", async () => {
    await put("a.jwk", "a");
    const { keys, refused } = await open("by_id");
    await rm(folder, { recursive: true });
    await keys.reload();
    await keys.reload();
    expect((await keys.find("a")).id).toBe("a");
    expect(refused).toEqual([expect.stringContaining(folder) as string]);
  });

  test("with an unusable file does not open", async () => {
    await put("a.jwk");
    await writeFile(join(folder, "b.jwk"), "nonsense");
    await expect(open("by_id")).rejects.toThrow(fails("key_invalid", /b\.jwk/));
  });
});

test("a URL is asked when its key is needed", async () => {
  const refused: string[] = [];
  const keys = await openKeys("http://127.0.0.1:1/keys", { kind: "by_id", onRefused: ({ message }) => refused.push(message) });
  await expect(keys.find("k")).rejects.toThrow(fails("key_unavailable", /127\.0\.0\.1:1\/keys\/k\.jwk/));
  expect(refused).toHaveLength(1);
  await keys.reload();
  keys.close();
});
