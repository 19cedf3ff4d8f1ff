import type { LinkStats } from "@moqscope/lite";

/** One session as the admin listener shows it. */
export interface SessionReport {
  readonly id: string;
  /** Address and port of the peer. */
  readonly remote: string;
  readonly transport: string;
  readonly framing: string;
  readonly version: string;
  /** ISO 8601 time at which the session was set up. */
  readonly since: string;
  /** The connect path; announcements and subscriptions are relative to it. */
  readonly root: string;
  /** Full paths that it publishes. */
  readonly broadcasts: readonly string[];
  /** SUBSCRIBE streams open towards it. */
  readonly subscriptions: number;
  /** On the socket, framing included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Waiting to be sent. */
  readonly bufferedBytes: number;
  readonly link: LinkReport;
}

/** What is known of a session's link; each field is absent until it was measured, or for ever where it cannot be. */
export interface LinkReport {
  /** Smoothed round trip in milliseconds by where it was measured. */
  readonly rttMs?: Readonly<Record<string, number>>;
  readonly packets?: NonNullable<LinkStats["packets"]>;
  readonly congestion?: NonNullable<LinkStats["congestion"]>;
  readonly sendRateBps?: number;
}

export function linkReport({ rtt, otherRtts = [], packets, congestion, sendRateBps }: LinkStats): LinkReport {
  const rtts = rtt ? [rtt, ...otherRtts] : otherRtts;
  return {
    ...(rtts.length > 0 ? { rttMs: Object.fromEntries(rtts.map(({ source, ms }) => [source, ms])) } : {}),
    ...(packets ? { packets } : {}),
    ...(congestion ? { congestion } : {}),
    ...(sendRateBps === undefined ? {} : { sendRateBps }),
  };
}
