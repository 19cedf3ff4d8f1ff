import type { TransportKind } from "../transport/transport.ts";

/** Why a session has the transport that it has. */
export const TransportReason = {
  /** It is what we like best, and it came up. */
  preferred: "preferred",
  /** The scheme of the URL names it. */
  requested: "requested",
  /** There is no WebTransport: not in this browser or process, or the server says that it has none. */
  webtransportUnavailable: "webtransport_unavailable",
  /** WebTransport was tried and failed. */
  webtransportFailed: "webtransport_failed",
  /** WebTransport had its head start and was not open yet. */
  faster: "faster",
  /** WebTransport failed for this URL a short while ago. */
  remembered: "remembered",
  /** WebSocket was preferred for one of the reasons above, and failed. */
  websocketFailed: "websocket_failed",
} as const;
export type TransportReason = (typeof TransportReason)[keyof typeof TransportReason];

/** Which transport a session has, and why. */
export interface TransportChoice {
  readonly kind: TransportKind;
  readonly reason: TransportReason;
  /** More for people, such as why WebTransport failed. */
  readonly detail?: string;
}
