import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, loadKey, signToken, verifyToken } from "@moqscope/token";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAuth } from "../open-auth.ts";
import { tokenCommand } from "./token-command.ts";

let folder = "";
let stdin = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-token-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);

/** What the command answers; `stderr` is what a person is told, also of a failure. */
async function output(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const io = {
    print: (text: string) => void (said.stdout += text),
    note: (text: string) => void (said.stderr += text),
    readStdin: () => Promise.resolve(stdin),
  };
  try {
    return { code: await tokenCommand(args, "0.0.0", io), ...said };
  } catch (error) {
    return { code: 1, ...said, stderr: (error as Error).message };
  }
}

describe("moqscope-relay token", () => {
  test("makes a key, signs with it, and says whether a token holds; no file is written over", async () => {
    const made = await output("generate", "--algorithm", "EdDSA", "--kid", "k1", "--out", path("k1.jwk"), "--public-out", path("k1.pub"));
    expect(made).toMatchObject({ code: 0, stdout: "", stderr: `${path("k1.jwk")}: EdDSA key k1\n` });
    expect(statSync(path("k1.jwk")).mode & 0o777).toBe(0o600);
    expect(readFileSync(path("k1.pub"), "utf8")).not.toContain('"d"');
    expect((await output("generate", "--out", path("k1.jwk"))).code).toBe(1);
    const signed = await output("sign", "--key", path("k1.jwk"), "--root", "demo", "--put", "me", "--get", "/", "--life", "5m");
    expect(signed.code).toBe(0);
    const half = await loadKey(readFileSync(path("k1.pub"), "utf8"));
    const claims = await verifyToken(signed.stdout.trim(), half);
    expect(claims).toMatchObject({ root: "demo", put: ["me"], get: [""] });
    expect((claims.exp ?? 0) - Date.now() / 1000).toBeGreaterThan(200);
    stdin = signed.stdout;
    const shown = await output("inspect", "--key", path("k1.pub"));
    expect(JSON.parse(shown.stdout)).toMatchObject({ header: { alg: "EdDSA", kid: "k1" }, payload: { root: "demo" }, verdict: "holds" });
  });

  test("says what is wrong in one line, and with what code", async () => {
    const [other, none, half] = await Promise.all([
      output("issue"),
      output("sign", "--key", path("none.jwk"), "--get", "/"),
      output("generate", "--algorithm", "HS256", "--public-out", path("x.pub")),
    ]);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/^.*generate, sign or inspect$/) as string });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^the key file .*none\.jwk.*$/) as string });
    expect(half).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^a symmetric key has no public half$/) as string,
    });
    const foreign = await signToken(await generateKey("HS256"), { get: "" });
    writeFileSync(path("mine.jwk"), JSON.stringify((await generateKey("HS256")).toPrivateJwk()));
    const wrong = await output("inspect", "--key", path("mine.jwk"), "--token", foreign);
    expect(wrong.code).toBe(2);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ verdict: expect.stringContaining("bad_signature") as string });
  });
});

test("help tells the commands, each its options", async () => {
  expect((await output()).stdout).toContain("generate | sign | inspect");
  for (const command of ["generate", "sign", "inspect"]) expect((await output(command, "--help")).stdout).toContain(`token ${command}`);
});

test("two sources of keys exclude each other, and none is no authorisation at all", async () => {
  const none = { authKey: undefined, authKeyDir: undefined, authPublic: [], authPublicSubscribe: [], authPublicPublish: [] };
  await expect(openAuth({ ...none, authKey: "a", authKeyDir: "b" }, () => {})).rejects.toThrow(/exclude each other/);
  expect(await openAuth(none, () => {})).toBeUndefined();
  const open = await openAuth({ ...none, authPublic: ["a"], authPublicPublish: ["b"] }, () => {});
  expect(open?.options).toEqual({ publicPrefixes: { subscribe: ["a"], publish: ["a", "b"] } });
});
