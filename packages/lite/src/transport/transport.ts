/**
 * The seam below a session: QUIC-shaped streams, whatever carries them (WebSocket with QMux, WebTransport, QUIC, memory).
 * A backend is whatever passes the conformance suite in `@moqscope/lite/testing`.
 */
export const TransportKind = { webtransport: "webtransport", websocket: "websocket", quic: "quic", memory: "memory" } as const;
export type TransportKind = (typeof TransportKind)[keyof typeof TransportKind];

/** How a transport ended: `clean` when either side closed it with code 0, else the code and what was said. */
export interface TransportClosed {
  readonly clean: boolean;
  /** Application or transport error code as the peer or we gave it. */
  readonly code: number;
  readonly reason: string;
  /** Who ended it: `lost` when the connection went away without a word. */
  readonly by: "local" | "peer" | "lost";
}

/** The half of a stream that we write. Nothing blocks: bytes are queued, `bufferedBytes` tells how many. */
export interface SendStream {
  /** Larger is sent first; streams of equal priority are served in the order they were opened. */
  priority: number;
  /** Bytes queued here and not yet handed to the network. */
  readonly bufferedBytes: number;
  /**
   * Told each time more of it was written to the network: bytes from its start, and whether FIN was among them. What was on its
   * way when the stream or the transport ended may still be told afterwards; what was thrown away never is.
   */
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  /** Settles once: how this half ended. Never rejects. `reset` when we reset it, `stopped` when the peer did not want more. */
  readonly closed: Promise<SendClosed>;
  /** Queues the buffers in order, without copying: the caller must not change them afterwards. */
  write(...chunks: readonly Uint8Array[]): void;
  /** Resolves when fewer than the high-water mark of bytes are queued, or the stream has ended. */
  ready(): Promise<void>;
  /** Says that nothing follows (FIN). */
  finish(): void;
  /** Throws away what was not sent and tells the peer why. Acts at once; may be called after `finish`. */
  reset(code: number): void;
}
export type SendClosed =
  | { readonly kind: "finished" }
  | { readonly kind: "reset"; readonly code: number }
  | { readonly kind: "stopped"; readonly code: number }
  | { readonly kind: "transport"; readonly closed: TransportClosed };

/** The half of a stream that we read. */
export interface ReceiveStream {
  /** The next bytes, all that have arrived; `undefined` at the end. Throws `LiteError` with code `stream_reset` or `transport_closed`. */
  read(): Promise<Uint8Array | undefined>;
  /** Tells the peer that nothing more is wanted and drops what arrives. Acts at once, may be called twice. */
  stop(code: number): void;
}
export interface BidiStream {
  readonly send: SendStream;
  readonly receive: ReceiveStream;
}
export interface OpenOptions {
  /** Default 0. Control streams use `ControlPriority`. */
  readonly priority?: number;
  readonly signal?: AbortSignal;
}
/** Above every media priority. */
export const ControlPriority: number = Number.MAX_SAFE_INTEGER;

/** Where a figure of the link comes from; every metric of it carries this label, so that panels never mix them. */
export type LinkSource = "quic" | "tcp_info" | "ping" | "getstats";

/** A round trip in milliseconds, smoothed where `ms` says nothing else, and how it was measured. */
export interface LinkRtt {
  readonly ms: number;
  readonly minMs?: number;
  readonly latestMs?: number;
  readonly source: LinkSource;
}

/** What is known of the link to the peer; what cannot be known is absent, never 0. */
export interface LinkStats {
  /** Smoothed round trip: the one that a peer is told (PROBE). */
  readonly rtt?: LinkRtt;
  /** The same measured otherwise, such as by the kernel beside our own ping. */
  readonly otherRtts?: readonly LinkRtt[];
  /** Packets (TCP: segments with data) since the start. `lost` are those declared lost (TCP: sent again) and never falls. */
  readonly packets?: { readonly sent: number; readonly lost?: number; readonly received?: number; readonly source: LinkSource };
  readonly congestion?: { readonly windowBytes: number; readonly events?: number; readonly source: LinkSource };
  /** What the link is thought to carry from here to the peer, in bits per second. */
  readonly sendRateBps?: number;
}

/** What a transport knows of itself and its link. */
export interface TransportStats extends LinkStats {
  /** Bytes handed to, and read from, the socket, framing included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Bytes waiting in our own queues and in the socket. */
  readonly bufferedBytes: number;
}

/** Unreliable messages of at most `maxBytes`; absent where a transport has none. */
export interface Datagrams {
  /** Largest payload that fits one packet now; it follows the path's MTU. */
  readonly maxBytes: number;
  /** Hands one to the network; `false` when it is too large or the queue is full, and it is gone. */
  send(payload: Uint8Array): boolean;
  /** One consumer. When it is slow the oldest are dropped. */
  readonly incoming: AsyncIterable<Uint8Array>;
}

export interface Transport {
  readonly kind: TransportKind;
  /** Application protocol that was negotiated, such as `moq-lite-05`; empty when none was. */
  readonly protocol: string;
  /** Wire framing, such as `qmux-02`; empty where the transport has none. */
  readonly framing: string;
  /** Whether `stats().rtt` will be known once something was measured. */
  readonly measuresRtt: boolean;
  /** Streams that the peer opened, in the order of their ids. One consumer each. */
  readonly incomingBidi: AsyncIterable<BidiStream>;
  readonly incomingUni: AsyncIterable<ReceiveStream>;
  readonly datagrams?: Datagrams;
  /** Settles once, never rejects. */
  readonly closed: Promise<TransportClosed>;
  /** Opens a stream, waiting for stream credit. Throws `transport_closed`, or the signal's reason. */
  openBidi(options?: OpenOptions): Promise<BidiStream>;
  openUni(options?: OpenOptions): Promise<SendStream>;
  stats(): TransportStats;
  /** Ends everything with an application code. Returns at once; may be called twice. */
  close(code?: number, reason?: string): void;
}
