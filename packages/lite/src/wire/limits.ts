/** What one message may hold at most (moq-lite §4); what a session may hold is in `session/limits.ts`. */
export const WireLimits = {
  /** Body of any control message, bytes. */
  messageBytes: 64 * 1024,
  /** Body of ANNOUNCE_INIT, which holds every broadcast there is, bytes. */
  announceInitBytes: 4 * 1024 * 1024,
  /** Versions that a legacy SETUP offers. */
  setupVersions: 128,
  /** Hop ids in one announcement. */
  hops: 32,
  /** Segments of a broadcast path. */
  pathSegments: 32,
  /** Bytes of a path or a track name. */
  nameBytes: 4096,
  setupParameters: 64,
  goawayUriBytes: 8192,
  /** A whole datagram that we send, bytes: it fits any path. */
  datagramBytes: 1200,
  /** A whole datagram that we read, bytes: released peers send what their path carries. */
  receivedDatagramBytes: 65_535,
} as const;
