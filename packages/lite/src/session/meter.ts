import type { LiteError } from "../error.ts";
import type { Frame } from "../model/group.ts";
import type { Path } from "../model/path.ts";

/** Why a group was not, or not wholly, delivered to a subscriber (metrics.md `moq.relay.groups_dropped`). */
export const GroupDropReason = {
  expired: "expired",
  priority: "priority",
  backpressure: "backpressure",
  resetByPeer: "reset_by_peer",
  noCredit: "no_credit",
  upstreamLost: "upstream_lost",
} as const;
export type GroupDropReason = (typeof GroupDropReason)[keyof typeof GroupDropReason];

/** How a SUBSCRIBE was answered. */
export const SubscribeResult = {
  ok: "ok",
  notFound: "not_found",
  unauthorized: "unauthorized",
  unroutable: "unroutable",
  timeout: "timeout",
  error: "error",
} as const;
export type SubscribeResult = (typeof SubscribeResult)[keyof typeof SubscribeResult];

/**
 * Told of one subscription's (or fetch's) traffic, in one direction. Calls are on the hot path: implementations write preallocated
 * cells. `frame` and `group` may still come after `close`, for what was on its way to the network then.
 */
export interface FlowMeter {
  /** A whole frame was written to the network, or read from it. `live` is false for what came out of the cache on a late join. */
  frame(frame: Frame, live: boolean): void;
  /** A whole live frame was handed to the transport, which may still have to give it up. Never told of what we receive. */
  forwarded(frame: Frame): void;
  /** A group's FIN was written to the network, or read. */
  group(): void;
  dropped(reason: GroupDropReason): void;
  /**
   * A group that is one datagram was sent or read (`ok`: then it counts as frame and group too), or is lost because the transport has
   * no datagrams, no room, or none so large (`dropped`).
   */
  datagram(outcome: "ok" | "dropped"): void;
  /** First group byte handed to the transport, or read, for it: milliseconds since SUBSCRIBE (lite-05: TRACK) was read or written. */
  first(elapsedMs: number, cached: boolean): void;
  /** The subscription has ended. Called exactly once, however it ended. */
  close(): void;
}

/** What a peer wanted more of than it may have (`Limits`): open at once, or per second. */
export type SessionRefusal =
  | "requests"
  | "request_rate"
  | "fetches"
  | "announce_streams"
  | "announcements"
  | "announcement_rate"
  | "group_rate";

/** Why one side sends: a FETCH is no viewer, but its bytes count like any. */
export type ServedRequest = "subscribe" | "fetch";

/** A SUBSCRIBE or FETCH, of the peer or of ours. */
export type MeteredRequest =
  | {
      readonly kind: "subscribe";
      readonly broadcast: Path;
      readonly track: string /** Its number in the session, from 0 on each side. */;
      readonly id: bigint;
    }
  | { readonly kind: "fetch"; readonly broadcast: Path; readonly track: string; readonly group: number };

/** Told of one request of a peer. */
export interface RequestMeter {
  /** It was answered; the first call counts. An accepted SUBSCRIBE has its source followed by then, an accepted FETCH its first bytes queued. */
  answered(result: SubscribeResult): void;
}

/** A subscription that we serve, to be asked now and then. */
export interface GroupQueue {
  /** Groups that are not wholly written to the network, the one that still grows included. */
  readonly openGroups: number;
}

/** What a session tells whoever owns it. The relay and the player implement it with their own metrics; the default hears nothing. */
export interface SessionMeter {
  /** A peer's SUBSCRIBE was accepted, or its FETCH of one cached group: we send. */
  serving(broadcast: Path, track: string, request: ServedRequest, queue?: GroupQueue): FlowMeter;
  /** Our SUBSCRIBE was sent, or our FETCH of one group: we receive. */
  receiving(request: MeteredRequest): FlowMeter;
  /** A peer's SUBSCRIBE or FETCH was read. */
  asked(request: MeteredRequest): RequestMeter;
  /** An announcement of the peer was accepted; `hops` is its chain, publisher first, empty at the end. */
  announcement(event: "active" | "ended" | "restarted", path: Path, hops: readonly bigint[]): void;
  /** GOAWAY was written, or read. */
  goaway(direction: "sent" | "received"): void;
  /** Something of the peer was refused, or ignored, over a limit. */
  refused(reason: SessionRefusal): void;
  /** A stream, or the session, failed; a normal close or cancel is never told here. */
  error(error: LiteError, stage: "setup" | "announce" | "subscribe" | "media"): void;
}

const silentFlow: FlowMeter = { frame() {}, forwarded() {}, group() {}, dropped() {}, datagram() {}, first() {}, close() {} };
const silentRequest: RequestMeter = { answered() {} };
export const silentMeter: SessionMeter = {
  serving: () => silentFlow,
  receiving: () => silentFlow,
  asked: () => silentRequest,
  announcement() {},
  refused() {},
  goaway() {},
  error() {},
};
