import type { Path } from "../model/path.ts";
import type { Wish } from "../model/track.ts";
import type { Codec } from "./codec.ts";
import type { Cursor } from "./cursor.ts";
import type { Sink } from "./sink.ts";
import { hasEmptySubscribeOk, hasSubscribeUpdate, type Version } from "./version.ts";

/** SUBSCRIBE: opens a subscription under an id that the subscriber never uses again; 01 and 02 carry of the wish only its priority. */
export interface Subscribe {
  readonly id: bigint;
  readonly broadcast: Path;
  readonly track: string;
  readonly wish: Wish;
}
export function subscribe(version: Version): Codec<Subscribe> {
  const wishes = hasSubscribeUpdate(version) ? SubscribeUpdate : PriorityOnly;
  return {
    encode(sink, { id, broadcast, track, wish }) {
      wishes.encode(sink.varint(id).string(broadcast).string(track), wish);
    },
    decode(cursor) {
      return { id: cursor.varint62(), broadcast: cursor.path(), track: cursor.string(), wish: wishes.decode(cursor) };
    },
  };
}

/** SUBSCRIBE_UPDATE (03-05): every field replaces the earlier one. */
export type SubscribeUpdate = Wish;
export const SubscribeUpdate: Codec<SubscribeUpdate> = { encode: encodeWish, decode: decodeWish };

const PriorityOnly: Codec<Wish> = {
  encode(sink, { priority }) {
    sink.u8(priority);
  },
  decode(cursor) {
    return { priority: cursor.u8(), ordered: false, maxLatencyMs: 0 };
  },
};
const Nothing: Codec<Wish> = {
  encode() {},
  decode() {
    return { priority: 0, ordered: false, maxLatencyMs: 0 };
  },
};

/** SUBSCRIBE_OK (01-04): the wish is granted, as far as the version can say it. */
export function subscribeOk(version: Version): Codec<Wish> {
  if (hasSubscribeUpdate(version)) return SubscribeUpdate;
  return hasEmptySubscribeOk(version) ? Nothing : PriorityOnly;
}

/** What a publisher says on the Subscribe stream (05): the number before the length. */
export const SubscribeReply = { start: 0, end: 1, drop: 2 } as const;
/** The same of 03 and 04. */
export const SubscribeReply04 = { ok: 0, drop: 1 } as const;

/** SUBSCRIBE_START (05): first group that will be delivered. */
export interface SubscribeStart {
  readonly group: number;
}
export const SubscribeStart: Codec<SubscribeStart> = {
  encode(sink, { group }) {
    sink.varint(group);
  },
  decode(cursor) {
    return { group: cursor.varint() };
  },
};

/** SUBSCRIBE_END (05): first group that never will exist; 0 when there are none at all. */
export interface SubscribeEnd {
  readonly group: number;
}
export const SubscribeEnd: Codec<SubscribeEnd> = SubscribeStart;

/** SUBSCRIBE_DROP (03-05): groups that will not come, both ends inclusive. */
export interface SubscribeDrop {
  readonly first: number;
  readonly last: number;
  readonly code: number;
}
export const SubscribeDrop: Codec<SubscribeDrop> = {
  encode(sink, { first, last, code }) {
    sink.varint(first).varint(last).varint(code);
  },
  decode(cursor) {
    return { first: cursor.varint(), last: cursor.varint(), code: cursor.clamped() };
  },
};

function encodeWish(sink: Sink, wish: Wish): void {
  sink.u8(wish.priority).bool(wish.ordered).varint(Math.round(wish.maxLatencyMs)).optionalGroup(wish.start).optionalGroup(wish.end);
}
function decodeWish(cursor: Cursor): Wish {
  const priority = cursor.u8();
  const ordered = cursor.bool();
  const maxLatencyMs = cursor.varint();
  const start = cursor.optionalGroup();
  const end = cursor.optionalGroup();
  return { priority, ordered, maxLatencyMs, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}
