import type { Limits } from "@moqscope/lite";

/**
 * What a session with another relay may hold: it stands for all viewers and publishers behind it. And how long it may be silent: links
 * are few, and a relay that is gone is to be noticed before its viewers' buffers are empty.
 */
export const linkLimits: Partial<Limits> = {
  announcements: 100_000,
  announcementsPerSecond: Number.POSITIVE_INFINITY,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  groupsPerSecond: Number.POSITIVE_INFINITY,
  trackCacheBytes: 0,
  peerRequests: 20_000,
  peerFetches: 1_000,
  sessionBufferedBytes: 64 * 1024 * 1024,
  controlBufferedBytes: 32 * 1024 * 1024,
  waitingGroups: 32_768,
  connectionWindowBytes: 16 * 1024 * 1024,
  streamWindowBytes: 1024 * 1024,
  incomingUniStreams: 8_192,
  incomingBidiStreams: 8_192,
  idleTimeoutMs: 2_500,
};

/** The same for QUIC, whose stack watches it on a thread of its own; both ends heed the shorter time. */
export const linkSilence = { idleTimeoutMs: 2_000, keepAliveMs: 600 } as const;
