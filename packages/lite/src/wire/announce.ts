import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { Codec } from "./codec.ts";
import type { Cursor } from "./cursor.ts";
import { WireLimits } from "./limits.ts";
import type { Sink } from "./sink.ts";
import { hasHopCount, hasHopIds, hasRouteChange, type Version } from "./version.ts";

/** ANNOUNCE_REQUEST: asks for broadcasts below `prefix`; 04 and 05 also say to leave out those that came through hop `exclude` (0: none). */
export interface AnnounceRequest {
  readonly prefix: Path;
  readonly exclude: bigint;
}
export function announceRequest(version: Version): Codec<AnnounceRequest> {
  const withHop = hasHopIds(version);
  return {
    encode(sink, { prefix, exclude }) {
      sink.string(prefix);
      if (withHop) sink.varint(exclude);
    },
    decode(cursor) {
      return { prefix: cursor.path(), exclude: withHop ? cursor.varint62() : 0n };
    },
  };
}

/** ANNOUNCE_INIT (01, 02): what there is at first. */
export interface AnnounceInit {
  readonly suffixes: readonly Path[];
}
export const AnnounceInit: Codec<AnnounceInit> = {
  encode(sink, { suffixes }) {
    sink.varint(suffixes.length);
    for (const suffix of suffixes) sink.string(suffix);
  },
  decode(cursor) {
    const count = cursor.varint();
    if (count > cursor.remaining) throw new LiteError(LiteErrorCode.decode, `${count} broadcasts in ${cursor.remaining} bytes`);
    return { suffixes: Array.from({ length: count }, () => cursor.path()) };
  },
};

/** ANNOUNCE_OK (05): the sender's hop id and how many `active` follow at once. */
export interface AnnounceOk {
  readonly hop: bigint;
  readonly active: number;
}
export const AnnounceOk: Codec<AnnounceOk> = {
  encode(sink, { hop, active }) {
    sink.varint(hop).varint(active);
  },
  decode(cursor) {
    return { hop: cursor.varint62(), active: cursor.varint() };
  },
};

/** Status byte of ANNOUNCE. `restart` is read as `active` on 05 and never written. */
export const AnnounceStatus = { ended: 0, active: 1, restart: 2 } as const;

/**
 * ANNOUNCE, its chain as it stands on the wire: without the sender (05), with the sender last (04), as so many ids 0 (03, which
 * counts only), empty (01, 02).
 */
export interface Announce {
  readonly active: boolean;
  readonly suffix: Path;
  readonly hops: readonly bigint[];
}
export function announce(version: Version): Codec<Announce> {
  const highest = hasRouteChange(version) ? AnnounceStatus.restart : AnnounceStatus.active;
  return {
    encode(sink, { active, suffix, hops }) {
      sink.u8(active ? AnnounceStatus.active : AnnounceStatus.ended).string(suffix);
      encodeHops(version, sink, hops);
    },
    decode(cursor) {
      const status = cursor.u8();
      if (status > highest) throw new LiteError(LiteErrorCode.decode, `announce status ${status} is above ${highest}`);
      return { active: status !== AnnounceStatus.ended, suffix: cursor.path(), hops: decodeHops(version, cursor) };
    },
  };
}

function encodeHops(version: Version, sink: Sink, hops: readonly bigint[]): void {
  if (hasHopCount(version)) sink.varint(hops.length);
  if (hasHopIds(version)) for (const hop of hops) sink.varint(hop);
}
function decodeHops(version: Version, cursor: Cursor): bigint[] {
  if (!hasHopCount(version)) return [];
  const count = cursor.varint();
  if (count > WireLimits.hops) throw new LiteError(LiteErrorCode.boundsExceeded, `${count} hops; the limit is ${WireLimits.hops}`);
  return Array.from({ length: count }, () => (hasHopIds(version) ? cursor.varint62() : 0n));
}
