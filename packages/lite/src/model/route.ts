import type { Broadcast } from "./broadcast.ts";
import type { Path } from "./path.ts";

/** One way to a broadcast, as an origin offers it. */
export interface Route extends Required<RouteOptions> {
  readonly path: Path;
  readonly broadcast: Broadcast;
}
/** What a source says of its way to a broadcast. */
export interface RouteOptions {
  /** Ids of the publisher and the relays it came through, publisher first; empty for our own. */
  readonly hops?: readonly bigint[];
  /** Price of the link that it came by; the lower one is taken. Default 0. */
  readonly cost?: number;
  /** `false` for one that is served to whoever asks for its exact path, and told to nobody. Default `true`. */
  readonly announced?: boolean;
}

/** Who made the content; `undefined` where that is not known, and two routes are never the same content. */
export function publisherOf({ hops }: Pick<Route, "hops">): bigint | undefined {
  return hops[0] === 0n ? undefined : hops[0];
}
/** Same first hop, and known: same content over another way. */
export function samePublisher(a: Route, b: Route): boolean {
  const publisher = publisherOf(a);
  return publisher !== undefined && publisher === publisherOf(b);
}
export function sameHops(a: Route, b: Route): boolean {
  return a.hops.length === b.hops.length && a.hops.every((hop, index) => hop === b.hops[index]);
}

/**
 * Order among the routes of one publisher: below 0 when `a` is better (relay-behaviour §1). Announced first, then cost, number of hops,
 * and `routeHash`, by which all relays choose alike; 0 when they differ in nothing but their age.
 */
export function compareRoutes(a: Route, b: Route): number {
  if (a.announced !== b.announced) return a.announced ? -1 : 1;
  const byLength = a.cost - b.cost || a.hops.length - b.hops.length;
  if (byLength !== 0 || sameHops(a, b)) return byLength;
  return routeHash(a.path, a.hops) < routeHash(b.path, b.hops) ? -1 : 1;
}

const basis = 0x420c0decb00bn;
const prime = 0x100000001b3n;
const bits64 = (1n << 64n) - 1n;

/** FNV-1a over the bytes of the path and each hop as 8 bytes, least significant first; the basis is that of the released relays (relay-behaviour §1). */
export function routeHash(path: Path, hops: readonly bigint[]): bigint {
  let hash = basis;
  const mix = (byte: bigint): void => {
    hash = ((hash ^ byte) * prime) & bits64;
  };
  for (const byte of new TextEncoder().encode(path)) mix(BigInt(byte));
  for (const hop of hops) for (let shift = 0n; shift < 64n; shift += 8n) mix((hop >> shift) & 0xffn);
  return hash;
}
