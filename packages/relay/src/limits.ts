import { defaultTrackCacheBytes, type Limits } from "@moqscope/lite";

import { machineMemoryBytes } from "./memory/machine-memory.ts";

/** What a peer can grow, with its bound. What is refused is counted (docs/relay.md). */
export interface RelayLimits {
  /** Sessions at the same time, over all transports; the next gets 503 (close code 567 on WebTransport and QUIC). */
  readonly maxSessions: number;
  /** The same from one address (IPv6: one /64). */
  readonly maxSessionsPerAddress: number;
  /** TCP connections that are not a session yet (handshakes, HTTP requests), and QUIC sessions being told of their refusal; the next is cut. */
  readonly maxPending: number;
  /** The same from one address. */
  readonly maxPendingPerAddress: number;
  /** From the first byte of TCP to the WebSocket upgrade or the end of the HTTP answer, and again from there to the peer's SETUP. */
  readonly handshakeTimeoutMs: number;
  /** Sessions that may begin per second from one address; ten seconds' worth may come at once. */
  readonly sessionsPerSecondPerAddress: number;
  /** SUBSCRIBE, FETCH and TRACK open at the same time over all sessions; the next is reset with 11. */
  readonly maxRequests: number;
  /** The same from one address. */
  readonly maxRequestsPerAddress: number;
  /** Streams with requests that one session opens per second, ten seconds' worth at once; more are reset with 11. */
  readonly requestsPerSecond: number;
  /** Broadcasts that one session may have announced at once; more are ignored. */
  readonly maxAnnouncements: number;
  /** Announcements of one session per second, ten seconds' worth at once; more are ignored. */
  readonly announcementsPerSecond: number;
  /** Groups that one session sends per second, ten seconds' worth at once; more are stopped. */
  readonly groupsPerSecond: number;
  /** A viewer that loses groups by its slowness for so long is closed with 26; 0: never. */
  readonly slowViewerMs: number;
  /** Resident memory above which new sessions are refused, and 5 % higher new subscriptions too. */
  readonly memoryLimitBytes: number;
  /** How long the paths of a publisher that was lost without a word stay announced, for it to come back; 0: not at all. */
  readonly lingerMs: number;
  /** How long groups older than the latest are cached at most, if the publisher's max latency does not end it before. */
  readonly cacheDurationMs: number;
  /** Payload bytes of older groups that are cached of one track. */
  readonly cacheTrackBytes: number;
  /** Bytes that all tracks cache together; above it what was used longest ago goes. The latest group of each track stays. */
  readonly cacheBytes: number;
  /** Bytes of a request's head. */
  readonly maxHeaderBytes: number;
}

export const defaultRelayLimits: RelayLimits = {
  maxSessions: 10_000,
  maxSessionsPerAddress: 1_000,
  maxPending: 1_024,
  maxPendingPerAddress: 256,
  handshakeTimeoutMs: 10_000,
  sessionsPerSecondPerAddress: 200,
  maxRequests: 200_000,
  maxRequestsPerAddress: 20_000,
  requestsPerSecond: 200,
  maxAnnouncements: 1_000,
  announcementsPerSecond: 100,
  groupsPerSecond: 2_000,
  slowViewerMs: 60_000,
  memoryLimitBytes: machineMemoryBytes() * 0.85,
  lingerMs: 5_000,
  cacheDurationMs: 60_000,
  cacheTrackBytes: defaultTrackCacheBytes,
  cacheBytes: machineMemoryBytes() / 4,
  maxHeaderBytes: 16_384,
};

/** What one session may hold, where a relay is stricter than `@moqscope/lite`. Its table caches, not the session. */
export function sessionLimitsOf(limits: RelayLimits): Partial<Limits> {
  return {
    handshakeMs: limits.handshakeTimeoutMs,
    setupMs: limits.handshakeTimeoutMs,
    announcements: limits.maxAnnouncements,
    announcementsPerSecond: limits.announcementsPerSecond,
    requestsPerSecond: limits.requestsPerSecond,
    groupsPerSecond: limits.groupsPerSecond,
    trackCacheBytes: 0,
  };
}
