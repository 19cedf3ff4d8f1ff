import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type Algorithm, algorithmNames } from "./algorithm.ts";
import type { TokenError } from "./error.ts";
import { generateKey } from "./generate.ts";
import { loadKey } from "./key.ts";
import { signToken } from "./sign.ts";
import { verifyToken } from "./verify.ts";

const golden = {
  kty: "oct",
  alg: "HS256",
  key_ops: ["sign", "verify"],
  kid: "test",
  k: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
};
const refused = (message: RegExp): TokenError =>
  expect.objectContaining({ code: "key_invalid", message: expect.stringMatching(message) as string }) as TokenError;

describe("a JWK file", () => {
  test("is JSON, or base64url of that JSON, with white space around it", async () => {
    const json = JSON.stringify(golden);
    for (const text of [json, ` ${json}\n`, Buffer.from(json).toString("base64url"), `${Buffer.from(json).toString("base64url")}\n`]) {
      expect(await loadKey(text)).toMatchObject({ id: "test", algorithm: "HS256", canSign: true, canVerify: true });
    }
  });

  test("without kty is a secret, without key_ops signs and verifies", async () => {
    const { kty: _kty, key_ops: _ops, ...bare } = golden;
    const key = await loadKey(JSON.stringify(bare));
    expect(key).toMatchObject({ canSign: true, canVerify: true });
    expect(key.toPrivateJwk().kty).toBe("oct");
  });

  test("may hold its secret in the standard alphabet with padding", async () => {
    const k = Buffer.alloc(33, 0xfb).toString("base64");
    expect(k).toMatch(/[+/]/);
    const claims = { root: "a", get: "" };
    const token = await signToken(await loadKey(JSON.stringify({ ...golden, k })), claims);
    await verifyToken(token, await loadKey(JSON.stringify({ ...golden, k: Buffer.alloc(33, 0xfb).toString("base64url") })));
  });

  test.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /neither JSON/],
    ["no object", [], /neither JSON|no JSON object/],
    ["a set of keys", { keys: [golden] }, /alg/],
    ["no alg", { ...golden, alg: undefined }, /alg/],
    ["an unknown alg", { ...golden, alg: "none" }, /alg/],
    ["a short secret", { ...golden, k: Buffer.alloc(31).toString("base64url") }, /31 bytes, it needs 32/],
    ["no secret", { ...golden, k: undefined }, /k is missing/],
    ["a secret in another alphabet", { ...golden, k: "ä".repeat(50) }, /k is no base64url/],
    ["an alg of another kind of key", { ...golden, alg: "ES256" }, /kty EC/],
    ["a kid that is a path", { ...golden, kid: "../key" }, /kid/],
    ["a kid that is too long", { ...golden, kid: "k".repeat(129) }, /kid/],
    ["key_ops that are no list", { ...golden, key_ops: "sign" }, /key_ops/],
    ["a scope that is no object", { ...golden, scope: "room" }, /scope/],
    ["a scope with a put that is a number", { ...golden, scope: { put: 5 } }, /scope/],
    ["a curve of another alg", { kty: "EC", alg: "ES384", crv: "P-256", x: "AA", y: "AA" }, /P-384/],
    ["a point that is not on the curve", { kty: "EC", alg: "ES256", crv: "P-256", x: "AAAA", y: "AAAA" }, /no ES256 key/],
    ["half of an RSA private key", { kty: "RSA", alg: "RS256", n: "AQAB", e: "AQAB", d: "AQAB" }, /all of d, p, q/],
    [
      "a modulus that is too small",
      { kty: "RSA", alg: "RS256", n: Buffer.alloc(128, 0xff).toString("base64url"), e: "AQAB" },
      /bits|RS256/,
    ],
  ])("with %s is refused", async (_, jwk, message) => {
    await expect(loadKey(typeof jwk === "string" ? jwk : JSON.stringify(jwk))).rejects.toThrow(refused(message));
  });

  test("neither its errors nor its printed form tell the secret", async () => {
    const key = await loadKey(JSON.stringify(golden));
    expect(`${JSON.stringify(key)} ${inspect(key, { depth: 9, showHidden: true })}`).not.toContain(golden.k.slice(0, 10));
    const broken = JSON.stringify(golden).slice(0, -1);
    const error = await loadKey(broken).catch((cause: unknown) => cause);
    expect(inspect(error, { depth: 9 })).not.toContain(golden.k.slice(0, 10));
  });
});

describe.each(algorithmNames.map((name) => [name] as [Algorithm]))("%s", (algorithm) => {
  test("a generated key signs and verifies, also after it was written and read, and its public half only verifies", async () => {
    const key = await generateKey(algorithm);
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
    const token = await signToken(key, { root: "room", put: "a" });
    const again = await loadKey(JSON.stringify(key.toPrivateJwk()));
    expect(await verifyToken(token, again)).toMatchObject({ root: "room", put: ["a"], get: [] });
    if (algorithm.startsWith("HS")) return expect(() => key.toPublicJwk()).toThrow(refused(/no public half/));
    const jwk = key.toPublicJwk();
    expect(Object.keys(jwk)).not.toContain("d");
    const half = await loadKey(JSON.stringify(jwk));
    expect(half).toMatchObject({ canSign: false, canVerify: true });
    expect(await verifyToken(token, half)).toMatchObject({ root: "room" });
    await expect(signToken(half, { get: "" })).rejects.toThrow(refused(/not one to sign with/));
  });
});

test("key_ops without sign or verify forbid it", async () => {
  const signs = await loadKey(JSON.stringify({ ...golden, key_ops: ["sign"] }));
  const verifies = await loadKey(JSON.stringify({ ...golden, key_ops: ["verify"] }));
  const token = await signToken(signs, { get: "" });
  await expect(verifyToken(token, signs)).rejects.toThrow(refused(/verify/));
  await expect(signToken(verifies, { get: "" })).rejects.toThrow(refused(/sign/));
  await verifyToken(token, verifies);
});
