import { describe, expect, test } from "vitest";
import { Authorizer } from "./authorizer.ts";
import type { TokenError } from "./error.ts";
import { generateKey } from "./generate.ts";
import { signToken } from "./sign.ts";

const key = await generateKey("HS256");
const keys = { find: () => Promise.resolve(key) };
const fails = (code: string): TokenError => expect.objectContaining({ code }) as TokenError;

describe("without a token (relay-behaviour §7.6)", () => {
  const publicPrefixes = { subscribe: ["anon", "demo"], publish: ["anon/"] };
  test.each([
    ["/anon", { root: "anon", put: [""], get: [""] }],
    ["/anon/room", { root: "anon/room", put: [""], get: [""] }],
    ["/demo/x", { root: "demo/x", put: [], get: [""] }],
    ["/", { root: "", put: ["anon"], get: ["anon", "demo"] }],
  ])("at %s the public prefixes count", async (path, grants) => {
    expect(await new Authorizer({ publicPrefixes }).authorize(path, undefined)).toEqual({
      ...grants,
      expiresMs: undefined,
      country: undefined,
    });
  });
  test("elsewhere a token is missing; an empty one is none", async () => {
    const authorizer = new Authorizer({ keys, publicPrefixes });
    await expect(authorizer.authorize("/other", undefined)).rejects.toThrow(fails("missing"));
    await expect(authorizer.authorize("/other", "")).rejects.toThrow(fails("missing"));
    await expect(new Authorizer({ keys }).authorize("/", undefined)).rejects.toThrow(fails("missing"));
  });
  test("an empty prefix is every path", async () => {
    const open = new Authorizer({ publicPrefixes: { subscribe: [""], publish: [""] } });
    expect(await open.authorize("/a/b", undefined)).toMatchObject({ root: "a/b", put: [""], get: [""] });
  });
});

describe("with a token", () => {
  test("it counts alone, its exp and country are told", async () => {
    const authorizer = new Authorizer({ keys, publicPrefixes: { subscribe: [""], publish: [""] } });
    const token = await signToken(key, { root: "room", get: "a", exp: 4_000_000_000, country: "AT" });
    expect(await authorizer.authorize("room", token)).toEqual({
      root: "room",
      put: [],
      get: ["a"],
      expiresMs: 4_000_000_000_000,
      country: "AT",
    });
    await expect(authorizer.authorize("other", token)).rejects.toThrow(fails("scope"));
  });
  test("a bad one is refused also where everything is public", async () => {
    const authorizer = new Authorizer({ keys, publicPrefixes: { subscribe: [""] } });
    await expect(authorizer.authorize("room", "nonsense")).rejects.toThrow(fails("malformed"));
  });
  test("without keys every one is refused", async () => {
    const open = new Authorizer({ publicPrefixes: { subscribe: [""] } });
    await expect(open.authorize("room", await signToken(key, { get: "" }))).rejects.toThrow(fails("unknown_key"));
  });
});
