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
  /** Absent until measured. */
  readonly rttMs?: number;
}
