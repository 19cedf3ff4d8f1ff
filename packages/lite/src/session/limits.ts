import { defaultTrackCacheBytes } from "../model/track.ts";
import { defaultTransportLimits, limitsOver, type TransportLimits } from "../transport/limits.ts";

/** Everything that a peer can make a session, and the transport below it, grow or wait for. */
export interface Limits extends TransportLimits {
  /** Group bytes queued for one peer, those that wait for a stream included; above it older groups are given up (code 2), at twice of it also the latest ones. */
  readonly sessionBufferedBytes: number;
  /** Bytes queued on one control stream for a peer that does not read; above it the session is closed. */
  readonly controlBufferedBytes: number;
  /** Subscriptions, fetches and track requests that one peer has open at once. */
  readonly peerRequests: number;
  /** Of these, fetches: each may have us hold a whole group. */
  readonly peerFetches: number;
  /** Announce streams that one peer has open at once. */
  readonly peerAnnounceStreams: number;
  /** Live announcements taken from one peer on one stream; more are ignored. */
  readonly announcements: number;
  /** Streams with requests and announcements wanted that one peer opens per second; ten seconds' worth may come at once. */
  readonly requestsPerSecond: number;
  /** Announcements taken from one peer's stream per second, in the same way; more are ignored. */
  readonly announcementsPerSecond: number;
  /** Group streams taken from one peer per second, in the same way; more are stopped. */
  readonly groupsPerSecond: number;
  /** Bytes of one received frame. */
  readonly frameBytes: number;
  /** Payload bytes of one received group. */
  readonly groupBytes: number;
  /** Frames of one received group. */
  readonly groupFrames: number;
  /** Groups that wait for a stream of one peer, over all its subscriptions; above it the oldest are given up, latest ones last. */
  readonly waitingGroups: number;
  /** Groups of one DROP that are told to the meter one by one. */
  readonly droppedGroupsTold: number;
  /** Until the peer's SETUP was read, milliseconds. */
  readonly setupMs: number;
  /** Until TRACK is answered, by the peer or by our own broadcasts, milliseconds. */
  readonly answerMs: number;
  /** Payload bytes of older groups that are kept of each track which is read from the peer. */
  readonly trackCacheBytes: number;
  /** How long a track's info is kept after its last reader left, milliseconds. */
  readonly trackKeepMs: number;
  /** After a subscription's end, how long groups that were promised may still begin, milliseconds. */
  readonly endGraceMs: number;
}
export const defaultLimits: Limits = {
  ...defaultTransportLimits,
  sessionBufferedBytes: 8 * 1024 * 1024,
  controlBufferedBytes: 4 * 1024 * 1024,
  peerRequests: 1000,
  peerFetches: 64,
  peerAnnounceStreams: 32,
  announcements: 10_000,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  announcementsPerSecond: Number.POSITIVE_INFINITY,
  groupsPerSecond: Number.POSITIVE_INFINITY,
  frameBytes: 32 * 1024 * 1024,
  groupBytes: 32 * 1024 * 1024,
  groupFrames: 100_000,
  waitingGroups: 4096,
  droppedGroupsTold: 1024,
  setupMs: 10_000,
  answerMs: 10_000,
  trackCacheBytes: defaultTrackCacheBytes,
  trackKeepMs: 30_000,
  endGraceMs: 1000,
};
export const sessionLimits: (given: Partial<Limits> | undefined) => Limits = limitsOver(defaultLimits);
