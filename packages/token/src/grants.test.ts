import { describe, expect, test } from "vitest";
import type { TokenError } from "./error.ts";
import { covers, type Grants, isWithin, narrow, readGrants } from "./grants.ts";

const demo: Grants = { root: "demo", put: ["me"], get: [""] };

describe("a token seen from a connect path (relay-behaviour §7.3)", () => {
  test.each([
    ["equal: the grants as they are", "/demo", { root: "demo", put: ["me"], get: [""] }],
    ["below, at a grant: everything there", "/demo/me", { root: "demo/me", put: [""], get: [""] }],
    ["below, below a grant: everything there", "/demo/me/too", { root: "demo/me/too", put: [""], get: [""] }],
    ["below, beside a grant: that grant vanishes", "/demo/you", { root: "demo/you", put: [], get: [""] }],
    ["above: only what is below the root, with the missing prefix", "/", { root: "", put: ["demo/me"], get: ["demo"] }],
    ["slashes in excess mean nothing", "//demo///me/", { root: "demo/me", put: [""], get: [""] }],
  ] as const)("%s", (_, path, seen) => {
    expect(narrow(demo, path)).toEqual(seen);
  });

  test.each([
    ["unrelated", demo, "/other", "another path"],
    ["a name that only begins alike", demo, "/demonstration", "another path"],
    ["both directions empty afterwards", { root: "demo", put: ["me"], get: [] }, "/demo/you", "nothing at this path"],
  ] as const)("%s: refused, and told which of the two it is", (_, grants, path, why) => {
    expect(() => narrow(grants, path)).toThrow(
      expect.objectContaining({ code: "scope", message: expect.stringContaining(why) as string }) as TokenError,
    );
  });

  test("a grant above the connect path by several segments keeps the remaining suffix", () => {
    expect(narrow({ root: "a", put: ["b/c/d"], get: ["x"] }, "a/b")).toEqual({ root: "a/b", put: ["c/d"], get: [] });
  });
});

describe("grant values (relay-behaviour §7.2)", () => {
  test.each([
    ["an empty text is everything", "", [""]],
    ["a list with an empty text is everything", [""], [""]],
    ["a text is a list of one", "a", ["a"]],
    ["a list", ["a", "b"], ["a", "b"]],
    ["an empty list is nothing", [], []],
    ["absent is nothing", undefined, []],
    ["what another one holds already is left out", ["a/b", "a", "a"], ["a"]],
  ] as const)("%s", (_, put, read) => {
    expect(readGrants({ root: "room", put }).put).toEqual(read);
  });

  test.each([
    ["**", [""]],
    ["me/**", ["me"]],
    [["/a/b/**", "a/**"], ["a"]],
  ] as const)("of newer tokens, the pattern %j is a subtree", (publish, read) => {
    expect(readGrants({ root: "room", publish, subscribe: publish })).toEqual({ root: "room", put: read, get: read });
  });

  test.each(["me", "me/*", "*/**", "a/**/b", "*", "***", ""])(
    "and the pattern %j, which is none, is refused and not widened",
    (publish) => {
      expect(() => readGrants({ publish })).toThrow(expect.objectContaining({ code: "scope" }) as TokenError);
    },
  );

  test.each([[5], [null], [{}], [["a", 5]]])("%j is none", (get) => {
    expect(() => readGrants({ get })).toThrow(expect.objectContaining({ code: "malformed" }) as TokenError);
  });

  test("segments are compared whole", () => {
    expect(covers(["foo"], "foo/x")).toBe(true);
    expect(covers(["foo"], "foobar")).toBe(false);
    expect(covers([], "")).toBe(false);
    expect(covers([""], "anything")).toBe(true);
  });

  test("lying within another's grants takes both roots into account", () => {
    const limit = { root: "room", put: ["a"], get: [""] };
    expect(isWithin({ root: "room/a", put: ["x"], get: [] }, limit)).toBe(true);
    expect(isWithin({ root: "", put: ["room/a"], get: ["room/b"] }, limit)).toBe(true);
    expect(isWithin({ root: "room", put: ["b"], get: [] }, limit)).toBe(false);
    expect(isWithin({ root: "", put: [], get: [""] }, limit)).toBe(false);
  });
});
