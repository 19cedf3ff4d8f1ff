import fc from "fast-check";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { TokenError } from "./error.ts";
import { generateKey } from "./generate.ts";
import { inspectToken } from "./inspect.ts";
import { loadKey } from "./key.ts";
import { signToken } from "./sign.ts";
import { verifyToken } from "./verify.ts";

/** The golden token of relay-behaviour §7.5. */
const jwk = '{"kty":"oct","alg":"HS256","key_ops":["sign","verify"],"kid":"test","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}';
const golden =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InRlc3QifQ.eyJyb290Ijoicm9vbSIsInB1dCI6WyJhbGljZSJdLCJnZXQiOiIiLCJpYXQiOjE3MDAwMDAwMDB9.nLWa3luFS9IfP-Ifc13QzrPvGcc_ELkiVDL0XQFFN6s";
const key = await loadKey(jwk);
const now = (): number => 1_700_000_000_000;

const fails = (code: string): TokenError => expect.objectContaining({ name: "TokenError", code }) as TokenError;
/** A token of the golden key with any payload. */
const signed = (payload: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(key.material("sign"));

describe("the golden token", () => {
  test("is verified", async () => {
    expect(await verifyToken(golden, key, now)).toEqual({ root: "room", put: ["alice"], get: [""], iat: 1_700_000_000 });
  });
  test("is what signing the same claims gives, byte by byte", async () => {
    expect(await signToken(key, { root: "room", put: ["alice"], get: "", iat: 1_700_000_000 })).toBe(golden);
  });
  test("is inspected without a key", () => {
    expect(inspectToken(golden)).toEqual({
      header: { alg: "HS256", typ: "JWT", kid: "test" },
      payload: { root: "room", put: ["alice"], get: "", iat: 1_700_000_000 },
    });
  });
});

describe("signing", () => {
  test("always writes root and iat", async () => {
    const { payload } = inspectToken(await signToken(key, { get: "a" }, now));
    expect(payload).toEqual({ root: "", get: "a", iat: 1_700_000_000 });
  });
  test("refuses claims that grant nothing, and a country that is none", async () => {
    await expect(signToken(key, { root: "a", put: [] })).rejects.toThrow(fails("scope"));
    await expect(signToken(key, { get: "", country: "Austria" })).rejects.toThrow(fails("malformed"));
  });
});

describe("verifying", () => {
  test("takes a token without root, and a country that its issuer set", async () => {
    expect(await verifyToken(await signed({ get: "a", country: "AT" }), key, now)).toEqual({
      root: "",
      put: [],
      get: ["a"],
      country: "AT",
    });
    expect(await verifyToken(await signed({ get: "a", country: "at" }), key, now)).not.toHaveProperty("country");
  });

  test("refuses from exp on", async () => {
    const token = await signed({ get: "", exp: 1_700_000_010 });
    expect((await verifyToken(token, key, () => 1_700_000_009_000)).exp).toBe(1_700_000_010);
    await expect(verifyToken(token, key, () => 1_700_000_010_000)).rejects.toThrow(fails("expired"));
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["neither direction", { root: "a" }, "scope"],
    ["two empty directions", { root: "a", put: [], get: [] }, "scope"],
    ["a root that is a number", { root: 5, get: "" }, "malformed"],
    ["an exp that is a text", { get: "", exp: "tomorrow" }, "malformed"],
    ["an iat that is a text", { get: "", iat: "yesterday" }, "malformed"],
    ["a time before which it is worth nothing", { get: "", nbf: 1_700_000_100 }, "malformed"],
  ])("refuses %s", async (_, payload, code) => {
    await expect(verifyToken(await signed(payload), key, now)).rejects.toThrow(fails(code));
  });

  test("refuses another key's signature, another algorithm, and none", async () => {
    const other = await generateKey("HS256");
    await expect(verifyToken(golden, other, now)).rejects.toThrow(fails("bad_signature"));
    // the same secret, but the key says HS384
    const longer = await loadKey(jwk.replace("HS256", "HS384"));
    await expect(verifyToken(golden, longer, now)).rejects.toThrow(fails("bad_signature"));
    const [, payload] = golden.split(".");
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    await expect(verifyToken(none, key, now)).rejects.toThrow(fails("bad_signature"));
  });

  test("refuses an RSA key's public half as the secret of an HMAC", async () => {
    const rsa = await generateKey("RS256");
    const half = await loadKey(JSON.stringify(rsa.toPublicJwk()));
    const forged = await new SignJWT({ get: "" })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(JSON.stringify(rsa.toPublicJwk())));
    await expect(verifyToken(forged, half, now)).rejects.toThrow(fails("bad_signature"));
  });

  test("refuses what is no token, is too long, or names a kid that is a path", async () => {
    for (const token of ["", "a", "a.b.c", "..", "💥", "x".repeat(9_000)])
      await expect(verifyToken(token, key, now)).rejects.toThrow(fails("malformed"));
    await expect(verifyToken(await signed({ get: "" }, { kid: "../../etc" }), key, now)).rejects.toThrow(fails("malformed"));
  });

  test("cut or changed anywhere, the golden token is refused with a code", async () => {
    const [header = "", payload = "", signature = ""] = golden.split(".");
    const property = fc.asyncProperty(
      fc.nat(golden.length - 1),
      fc.constantFrom("A", "z", ".", "=", "\u0000"),
      fc.boolean(),
      async (at, by, isCut) => {
        const changed = isCut ? golden.slice(0, at) : golden.slice(0, at) + by + golden.slice(at + 1);
        // the last character of a segment has bits that mean nothing
        const isSame = changed
          .split(".")
          .every((part, index) =>
            Buffer.from(part, "base64url").equals(Buffer.from([header, payload, signature][index] ?? "", "base64url")),
          );
        if (isSame && changed.split(".").length === 3) return;
        await expect(verifyToken(changed, key, now)).rejects.toThrow(TokenError);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

const scoped = await loadKey(JSON.stringify({ ...(JSON.parse(jwk) as object), scope: { root: "room", put: ["alice"], get: "" } }));

describe("a key's scope", () => {
  test("lets pass what lies within, and refuses a token that asks for more as a whole", async () => {
    expect(await verifyToken(golden, scoped, now)).toMatchObject({ put: ["alice"] });
    const more = await signToken(key, { root: "room", put: ["alice", "bob"], get: "" });
    await expect(verifyToken(more, scoped, now)).rejects.toThrow(fails("scope"));
    const elsewhere = await signToken(key, { root: "", get: "rooms" });
    await expect(verifyToken(elsewhere, scoped, now)).rejects.toThrow(fails("scope"));
  });
  test("is kept when signing", async () => {
    await expect(signToken(scoped, { root: "room", put: "bob" })).rejects.toThrow(fails("scope"));
    await verifyToken(await signToken(scoped, { root: "room/alice", put: "" }), scoped);
  });
});
