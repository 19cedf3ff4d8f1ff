import { LiteError, LiteErrorCode } from "../error.ts";
import type { Wish } from "../model/track.ts";
import { decodeBody, encodeMessage } from "./codec.ts";
import { SubscribeDrop, SubscribeEnd, SubscribeReply, SubscribeReply04, SubscribeStart, subscribeOk } from "./subscribe.ts";
import { hasSubscribeReplies, hasSubscribeStart, type Version } from "./version.ts";

/** What a publisher says on a Subscribe stream. */
export type SubscribeAnswer =
  | { readonly kind: "ok"; readonly wish: Wish }
  | { readonly kind: "start"; readonly group: number }
  | { readonly kind: "end"; readonly group: number }
  | { readonly kind: "drop"; readonly drop: SubscribeDrop };

/** The answer as it stands on the stream; `undefined` where the version has no word for it. */
export function encodeSubscribeAnswer(version: Version, answer: SubscribeAnswer): Uint8Array | undefined {
  switch (answer.kind) {
    case "ok":
      if (hasSubscribeStart(version)) return undefined;
      return encodeMessage(subscribeOk(version), answer.wish, hasSubscribeReplies(version) ? SubscribeReply04.ok : undefined);
    case "start":
      return hasSubscribeStart(version) ? encodeMessage(SubscribeStart, answer, SubscribeReply.start) : undefined;
    case "end":
      return hasSubscribeStart(version) ? encodeMessage(SubscribeEnd, answer, SubscribeReply.end) : undefined;
    case "drop":
      if (!hasSubscribeReplies(version)) return undefined;
      return encodeMessage(SubscribeDrop, answer.drop, hasSubscribeStart(version) ? SubscribeReply.drop : SubscribeReply04.drop);
  }
}

/** `type` is the number before the length; 0 where the version has none. @throws LiteError `decode`, `bounds_exceeded` or `protocol_violation`. */
export function decodeSubscribeAnswer(version: Version, type: number, body: Uint8Array): SubscribeAnswer {
  if (!hasSubscribeStart(version)) {
    if (type === SubscribeReply04.ok) return { kind: "ok", wish: decodeBody(subscribeOk(version), body) };
    if (type === SubscribeReply04.drop) return { kind: "drop", drop: decodeBody(SubscribeDrop, body) };
  } else {
    if (type === SubscribeReply.start) return { kind: "start", ...decodeBody(SubscribeStart, body) };
    if (type === SubscribeReply.end) return { kind: "end", ...decodeBody(SubscribeEnd, body) };
    if (type === SubscribeReply.drop) return { kind: "drop", drop: decodeBody(SubscribeDrop, body) };
  }
  throw new LiteError(LiteErrorCode.protocolViolation, `reply ${type} to SUBSCRIBE is unknown`);
}
