import type { QuicError } from "./error.ts";

/** How QUIC behaves; what is left out has the default named. */
export interface QuicTuning {
  /** Default 5000; 0 sends none. */
  readonly keepAliveMs?: number;
  /** Default 30 000. */
  readonly idleTimeoutMs?: number;
  /** Streams of each kind that the peer may have open at once; default 10 000. */
  readonly maxBidiStreams?: number;
  readonly maxUniStreams?: number;
  /** Receive windows in bytes; defaults 1 MiB a stream, 16 MiB a connection. */
  readonly streamWindowBytes?: number;
  readonly connectionWindowBytes?: number;
  /** Bytes of a session that may be inside the QUIC stack, sent and not acknowledged or not sent; it follows the congestion window below this. Default 8 MiB. */
  readonly maxSendWindowBytes?: number;
  /** Default `cubic`. */
  readonly congestion?: "cubic" | "bbr" | "newreno";
  /** Writes one qlog file (JSON-SEQ) a connection into this directory. */
  readonly qlogDir?: string;
}

/** PEM text, never paths. */
export interface QuicCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface QuicServerCertificate extends QuicCertificate {
  /** PEM: who signs the certificates of clients, which are then asked for one. A client may come without; one that shows another is refused. */
  readonly clientRoots?: string;
}

export interface QuicAddress {
  readonly host: string;
  readonly port: number;
}

export interface QuicServerOptions extends QuicTuning {
  /** IP addresses; each gets its own socket, and port 0 takes one free port that all of them share. */
  readonly listen: readonly QuicAddress[];
  readonly tls: QuicServerCertificate;
  /** ALPN names offered beside `h3` (WebTransport) for native peers, newest first; default none. */
  readonly alpn?: readonly string[];
}

/** A listener of WebTransport (`h3`) and raw QUIC. */
export interface QuicServer {
  /** With the ports in use. */
  readonly addresses: readonly QuicAddress[];
  /** Connections that finished TLS and, for WebTransport, sent their CONNECT. One consumer. */
  readonly requests: AsyncIterable<QuicRequest>;
  /** Packets and handshakes that never became a request, since the start. */
  stats(): QuicServerStats;
  /** For connections from now on. Throws QuicError `certificate_invalid`; the old one stays then. */
  setCertificate(tls: QuicServerCertificate): void;
  /** Ends every session with the code. Returns at once what settles when the sockets are closed. */
  close(code?: number, reason?: string): Promise<void>;
}
export interface QuicServerStats {
  readonly handshakesFailed: number;
  readonly openSessions: number;
}

export interface QuicRequest {
  readonly kind: "webtransport" | "quic";
  /** The whole URL as the client gave it; for raw QUIC `moqt://<SNI>/`. */
  readonly url: string;
  /** Lower-case names; empty for raw QUIC. */
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string | undefined;
  readonly remote: QuicAddress;
  /** DER of the certificate that the client showed, signed by one of `clientRoots`; absent where it showed none. */
  readonly certificate?: Uint8Array;
  /** `wt-available-protocols` in the client's order; for raw QUIC the one ALPN name negotiated. */
  readonly protocols: readonly string[];
  /** Throws QuicError `closed` when the peer has gone, `protocol_not_offered` for one that is not in `protocols`. */
  accept(options?: { readonly protocol?: string }): Promise<QuicSession>;
  /** Answers CONNECT with an HTTP status (raw QUIC: closes with 0x40 + status). */
  reject(status: number): void;
}

export interface QuicClientOptions extends QuicTuning {
  /** Offered in this order; raw QUIC: ALPN names. */
  readonly protocols: readonly string[];
  /** How the server's certificate is judged; default `system`. `none` is for tests. */
  readonly trust?: "system" | "none" | { readonly sha256: readonly string[] } | { readonly roots: string };
  /** IP addresses to dial instead of looking the host up; its name is still what the certificate is judged by. */
  readonly addresses?: readonly string[];
  /** Our own certificate, for a server that asks for one. Throws QuicError `certificate_invalid` when it cannot be used. */
  readonly identity?: QuicCertificate;
  /** Further headers of CONNECT. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What the stack knows of a session's path. A field it cannot know is absent. */
export interface QuicStats {
  readonly rttMs: number;
  readonly minRttMs?: number;
  readonly latestRttMs?: number;
  readonly congestionWindowBytes: number;
  readonly congestionEvents: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsReceived?: number;
  /** UDP payload. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly bytesLost?: number;
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
  readonly mtuBytes: number;
  /** Queued by us and not yet taken by the stack, over all streams. */
  readonly bufferedBytes: number;
}

/** How a session ended. `code` is the application's (WebTransport's are unmapped); `lost` when the peer went without a word. */
export interface QuicClosed {
  readonly by: "local" | "peer" | "lost";
  readonly code: number;
  readonly reason: string;
}

/** A WebTransport session or a raw QUIC connection. Shapes follow `Transport` of `@moqscope/lite`. */
export interface QuicSession {
  readonly kind: "webtransport" | "quic";
  /** What was negotiated; empty when nothing was. */
  readonly protocol: string;
  readonly remote: QuicAddress;
  readonly closed: Promise<QuicClosed>;
  readonly incomingBidi: AsyncIterable<QuicBidiStream>;
  readonly incomingUni: AsyncIterable<QuicReceiveStream>;
  readonly datagrams: QuicDatagrams;
  /** Waits for stream credit. Throws QuicError `closed`, or the signal's reason. */
  openBidi(options?: QuicOpenOptions): Promise<QuicBidiStream>;
  openUni(options?: QuicOpenOptions): Promise<QuicSendStream>;
  /** Cheap enough for every session each second. */
  stats(): QuicStats;
  close(code?: number, reason?: string): void;
}
export interface QuicOpenOptions {
  readonly priority?: number;
  readonly signal?: AbortSignal;
}
export interface QuicBidiStream {
  readonly send: QuicSendStream;
  readonly receive: QuicReceiveStream;
}

export interface QuicSendStream {
  /** Larger is sent first; any safe integer. */
  priority: number;
  /** Given to `write` and not yet taken by the QUIC stack. */
  readonly bufferedBytes: number;
  /** Told what the QUIC stack has taken: bytes since the last call, and whether FIN was among them. */
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  readonly closed: Promise<QuicSendClosed>;
  /**
   * Queues buffers in order; the caller must not change them afterwards. All that one turn writes, on whatever streams of whatever
   * sessions, crosses into the addon in one call, and a buffer given to many streams crosses once.
   */
  write(...chunks: readonly Uint8Array[]): void;
  /** Resolves when fewer than 64 KiB are queued, or the stream has ended. */
  ready(): Promise<void>;
  finish(): void;
  /** At once, whatever is queued; also after `finish`. */
  reset(code: number): void;
}
export type QuicSendClosed =
  /** Everything was acknowledged. */
  | { readonly kind: "finished" }
  | { readonly kind: "reset"; readonly code: number }
  | { readonly kind: "stopped"; readonly code: number }
  | { readonly kind: "session"; readonly closed: QuicClosed };

export interface QuicReceiveStream {
  /** All that has arrived; `undefined` at the end. Throws QuicError `reset` (with code) or `closed`. */
  read(): Promise<Uint8Array | undefined>;
  /** At once, also beside a pending `read`; may be called twice. */
  stop(code: number): void;
}

export interface QuicDatagrams {
  readonly maxBytes: number;
  /** `false` when it is too large or the queue is full. */
  send(payload: Uint8Array): boolean;
  /** One consumer; when it is slow the oldest are dropped. */
  readonly incoming: AsyncIterable<Uint8Array>;
}

/** What `@moqscope/quic` exports beside these types. */
export interface Quic {
  /** Whether the addon is there; else one line saying why and how to get it. */
  quicAvailable(): { readonly available: true; readonly version: string } | { readonly available: false; readonly reason: string };
  /** Throws QuicError `addon_missing`, `listen_failed`, `certificate_invalid`. */
  listenQuic(options: QuicServerOptions): Promise<QuicServer>;
  /** `https:` URLs speak WebTransport, `moqt:` and `moql:` raw QUIC. Throws QuicError, or the signal's reason. */
  connectQuic(url: string | URL, options: QuicClientOptions): Promise<QuicSession>;
  readonly QuicError: typeof QuicError;
}
