/** What strangers may do at the public face (fleet aggregation, section 8). */
export interface IngestLimits {
  /** Requests in a second of all; beyond, 503 and a longer interval. */
  readonly perSecond: number;
  /** The same of one network: a /24 of IPv4, a /56 of IPv6. This machine itself has no such bound. */
  readonly perNetwork: number;
  /** The same with the token of one session. */
  readonly perToken: number;
  /** Networks whose pace is known at a time. */
  readonly networksHeld: number;
  /** The same of sessions. */
  readonly sessionsHeld: number;
  /** Reports of a session at once; in the long run it is one each half interval. */
  readonly reportBurst: number;
  /** CMCD requests of a session in a second, and at once. */
  readonly cmcdPerSecond: number;
  readonly cmcdBurst: number;
  /** Spans that are kept of one session in a minute. */
  readonly spansPerMinute: number;
  /** Spans that are kept of one trace. */
  readonly spansPerTrace: number;
  /** Traces whose spans are counted at a time. */
  readonly tracesHeld: number;
}

export const defaultIngestLimits: IngestLimits = {
  perSecond: 10_000,
  perNetwork: 100,
  perToken: 50,
  networksHeld: 10_000,
  sessionsHeld: 20_000,
  reportBurst: 5,
  cmcdPerSecond: 10,
  cmcdBurst: 40,
  spansPerMinute: 20,
  spansPerTrace: 50,
  tracesHeld: 10_000,
};
