import { TokenError, TokenErrorCode } from "./error.ts";
import { joinPath, normalizePath, suffixOf } from "./path.ts";

/** What may be done below a root: prefixes relative to it, `""` for everything below, none for nothing. */
export interface Grants {
  readonly root: string;
  /** Below these it may publish. */
  readonly put: readonly string[];
  /** Below these it may watch. */
  readonly get: readonly string[];
}

type Names = "put" | "get" | "publish" | "subscribe";

/**
 * Grants as they stand in claims and in a key's `scope`: `put` and `get` are a text, a list of texts, or absent. `publish` and
 * `subscribe`, which `moq auth sign` of moq-cli 0.14 writes instead, are patterns of which those for whole subtrees are known: `**` and
 * `a/**` mean what `""` and `a` do.
 * @throws TokenError `malformed` when they are something else, `scope` for another pattern: it is refused, never widened.
 */
export function readGrants(value: Readonly<Record<string, unknown>>): Grants {
  const { root = "" } = value;
  if (typeof root !== "string") throw new TokenError(TokenErrorCode.malformed, "root is a path, and this is no text");
  const either = (name: "put" | "get", pattern: "publish" | "subscribe"): readonly string[] =>
    minimal([...readTexts(value, name).map(normalizePath), ...readTexts(value, pattern).map(subtreeOf)]);
  return { root: normalizePath(root), put: either("put", "publish"), get: either("get", "subscribe") };
}

function readTexts(value: Readonly<Record<string, unknown>>, name: Names): readonly string[] {
  const given = value[name];
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const texts = list.filter((each) => typeof each === "string");
  if (texts.length !== list.length) throw new TokenError(TokenErrorCode.malformed, `${name} is a path or a list of paths`);
  return texts;
}

/** The path whose subtree a pattern stands for. */
function subtreeOf(pattern: string): string {
  const path = normalizePath(pattern);
  const subtree = path === "**" ? "" : path.endsWith("/**") ? path.slice(0, -3) : undefined;
  if (subtree === undefined || subtree.includes("*"))
    throw new TokenError(TokenErrorCode.scope, "a pattern that is no whole subtree, such as a/**, is not known here");
  return subtree;
}

/** Whether a path is at or below one of the prefixes. */
export function covers(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => suffixOf(path, prefix) !== undefined);
}

/** Whether every grant lies within the other grants. */
export function isWithin(grants: Grants, limit: Grants): boolean {
  const inside = (name: "put" | "get"): boolean => {
    const limits = limit[name].map((prefix) => joinPath(limit.root, prefix));
    return grants[name].every((prefix) => covers(limits, joinPath(grants.root, prefix)));
  };
  return inside("put") && inside("get");
}

/** The same grants without those that another one holds already. */
function minimal(prefixes: readonly string[]): readonly string[] {
  return [...new Set(prefixes)].filter((prefix, _, all) => !all.some((other) => other !== prefix && suffixOf(prefix, other) !== undefined));
}

/**
 * Grants seen from a connect path (relay-behaviour §7.3): their root becomes the connect path, and each grant becomes relative to it. Above
 * the grants' root only what is below that root is reachable.
 * @throws TokenError `scope` when connect path and root are unrelated, or nothing is granted there.
 */
export function narrow(grants: Grants, connectPath: string): Grants {
  const path = normalizePath(connectPath);
  if (suffixOf(path, grants.root) === undefined && suffixOf(grants.root, path) === undefined)
    throw new TokenError(TokenErrorCode.scope, "the token is for another path");
  const seen = (prefixes: readonly string[]): readonly string[] =>
    minimal(prefixes.map((prefix) => seenFrom(path, joinPath(grants.root, prefix))).filter((prefix) => prefix !== undefined));
  const narrowed = { root: path, put: seen(grants.put), get: seen(grants.get) };
  if (narrowed.put.length === 0 && narrowed.get.length === 0)
    throw new TokenError(TokenErrorCode.scope, "the token grants nothing at this path");
  return narrowed;
}

/** A grant relative to a path: everything when it is at or above the path, the rest of it when it is below, nothing elsewhere. */
function seenFrom(path: string, granted: string): string | undefined {
  return suffixOf(path, granted) === undefined ? suffixOf(granted, path) : "";
}
