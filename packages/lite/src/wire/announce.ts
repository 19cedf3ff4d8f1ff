import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { Codec } from "./codec.ts";
import { WireLimits } from "./limits.ts";

/** ANNOUNCE_REQUEST (04, 05): asks for broadcasts below `prefix`, without those that came through hop `exclude` (0: none). */
export interface AnnounceRequest {
  readonly prefix: Path;
  readonly exclude: bigint;
}
export const AnnounceRequest: Codec<AnnounceRequest> = {
  encode(sink, { prefix, exclude }) {
    sink.string(prefix).varint(exclude);
  },
  decode(cursor) {
    return { prefix: cursor.path(), exclude: cursor.varint62() };
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

/** ANNOUNCE, layout D (05): the sender's own id is not among the hops. */
export interface Announce {
  readonly active: boolean;
  readonly suffix: Path;
  readonly hops: readonly bigint[];
}
export const Announce: Codec<Announce> = {
  encode(sink, { active, suffix, hops }) {
    sink
      .u8(active ? AnnounceStatus.active : AnnounceStatus.ended)
      .string(suffix)
      .varint(hops.length);
    for (const hop of hops) sink.varint(hop);
  },
  decode(cursor) {
    const status = cursor.u8();
    if (status > AnnounceStatus.restart) throw new LiteError(LiteErrorCode.decode, `announce status ${status} is not 0, 1 or 2`);
    const suffix = cursor.path();
    const count = cursor.varint();
    if (count > WireLimits.hops) throw new LiteError(LiteErrorCode.boundsExceeded, `${count} hops; the limit is ${WireLimits.hops}`);
    const hops = Array.from({ length: count }, () => cursor.varint62());
    return { active: status !== AnnounceStatus.ended, suffix, hops };
  },
};
