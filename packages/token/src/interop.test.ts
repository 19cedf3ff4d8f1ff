import * as theirs from "@moq/token";
import { describe, expect, test } from "vitest";
import { type Algorithm, algorithmNames } from "./algorithm.ts";
import type { TokenError } from "./error.ts";
import { generateKey } from "./generate.ts";
import { inspectToken } from "./inspect.ts";
import { loadKey } from "./key.ts";
import { signToken } from "./sign.ts";
import { verifyToken } from "./verify.ts";

const exp = Math.floor(Date.now() / 1000) + 60;
const claims = { root: "room", put: ["alice", "bob"], get: "", exp };
const isSymmetric = (algorithm: Algorithm): boolean => algorithm.startsWith("HS");

describe.each(algorithmNames.map((name) => [name] as [Algorithm]))("@moq/token 0.2.3 and %s", (algorithm) => {
  test("it generates and signs, we verify, with the whole key and with its public half", async () => {
    const key = await theirs.generate(algorithm);
    const token = await theirs.sign(key, claims);
    const expected = { root: "room", put: ["alice", "bob"], get: [""], exp, iat: expect.any(Number) as number };
    expect(await verifyToken(token, await loadKey(JSON.stringify(key)))).toEqual(expected);
    if (isSymmetric(algorithm)) return;
    expect(await verifyToken(token, await loadKey(JSON.stringify(theirs.toPublicKey(key))))).toEqual(expected);
  });

  test("we generate and sign, it verifies", async () => {
    const key = await generateKey(algorithm, "ours");
    const token = await signToken(key, claims);
    const text = JSON.stringify(key.toPrivateJwk());
    const verifying = isSymmetric(algorithm) ? theirs.load(text) : theirs.loadPublic(JSON.stringify(key.toPublicJwk()));
    expect(await theirs.verify(verifying as Parameters<typeof theirs.verify>[0], token, "room")).toMatchObject(claims);
    const signed = await theirs.sign(theirs.load(text), claims);
    expect(inspectToken(signed)).toMatchObject({ header: { alg: algorithm, typ: "JWT", kid: "ours" }, payload: claims });
  });
});

describe("where @moq/token 0.2.3 differs from the relays, and from us", () => {
  test("it demands a root, which we and the relays do not; what we sign always has one", async () => {
    const key = await generateKey("HS256");
    const its = theirs.load(JSON.stringify(key.toPrivateJwk()));
    await expect(theirs.sign(its, { get: "a" } as never)).rejects.toThrow(/root/);
    expect(await theirs.verify(its as never, await signToken(key, { get: "a" }), "")).toMatchObject({ root: "" });
  });

  test("it demands key_ops; ours have them, and we take a key without", async () => {
    const { key_ops: operations, ...bare } = (await generateKey("HS256")).toPrivateJwk();
    expect(operations).toEqual(["sign", "verify"]);
    expect(() => theirs.load(JSON.stringify(bare))).toThrow();
    await loadKey(JSON.stringify(bare));
  });

  test("it signs a token that grants nothing, which we refuse", async () => {
    const key = await theirs.generate("HS256");
    const token = await theirs.sign(key, { root: "room", put: [] });
    await expect(verifyToken(token, await loadKey(JSON.stringify(key)))).rejects.toThrow(
      expect.objectContaining({ code: "scope" }) as TokenError,
    );
  });

  test("it wants the path to be the root itself; it ignores a key's scope and our country", async () => {
    const key = await generateKey("HS256");
    const its = theirs.load(JSON.stringify({ ...key.toPrivateJwk(), scope: { root: "elsewhere" } }));
    const token = await signToken(key, { ...claims, country: "AT" });
    await expect(theirs.verify(its as never, token, "room/alice")).rejects.toThrow(/path/);
    expect(await theirs.verify(its as never, token, "room")).not.toHaveProperty("country");
  });

  test("it refuses an expired token as we do", async () => {
    const key = await generateKey("HS256");
    const token = await signToken(key, { ...claims, exp: 1 });
    await expect(theirs.verify(theirs.load(JSON.stringify(key.toPrivateJwk())) as never, token, "room")).rejects.toThrow(/exp/);
    await expect(verifyToken(token, key)).rejects.toThrow(expect.objectContaining({ code: "expired" }) as TokenError);
  });
});
