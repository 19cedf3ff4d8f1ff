import type { Limits } from "@moqscope/lite";

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
  /** Bytes of a request's head. */
  readonly maxHeaderBytes: number;
}

export const defaultRelayLimits: RelayLimits = {
  maxSessions: 10_000,
  maxSessionsPerAddress: 1_000,
  maxPending: 1_024,
  maxPendingPerAddress: 256,
  handshakeTimeoutMs: 10_000,
  maxHeaderBytes: 16_384,
};

/** Where a relay is stricter with one session than `@moqscope/lite`: broadcasts that it may have announced at once. */
export const relaySessionLimits: Partial<Limits> = { announcements: 1_000 };
