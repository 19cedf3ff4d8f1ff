/**
 * What is used of `@moqscope/quic`, as structure: this package does not import it, and whatever has its shape will do. That the
 * package has it is shown where both may be imported (test/interop).
 */
export interface QuicLike {
  connectQuic(url: string | URL, options: QuicConnectOptions): Promise<QuicSessionLike>;
}
export interface QuicConnectOptions {
  readonly protocols: readonly string[];
  readonly trust?: QuicTrust;
  /** IP addresses to dial instead of looking the host up. */
  readonly addresses?: readonly string[];
  /** PEM: our own certificate, for a server that asks for one. */
  readonly identity?: { readonly certificate: string; readonly key: string };
  /** Silence after which the session is lost, at both ends, milliseconds. */
  readonly idleTimeoutMs?: number;
  /** Between two signs of life where nothing else is said. */
  readonly keepAliveMs?: number;
  readonly signal?: AbortSignal;
}
/** How a server's certificate is judged; `none` is for tests. */
export type QuicTrust = "system" | "none" | { readonly sha256: readonly string[] } | { readonly roots: string };

export interface QuicClosedLike {
  readonly by: "local" | "peer" | "lost";
  readonly code: number;
  readonly reason: string;
}
export interface QuicSessionLike {
  readonly kind: "webtransport" | "quic";
  readonly protocol: string;
  readonly closed: Promise<QuicClosedLike>;
  readonly incomingBidi: AsyncIterable<QuicBidiLike>;
  readonly incomingUni: AsyncIterable<QuicReceiveLike>;
  readonly datagrams: {
    readonly maxBytes: number;
    send(payload: Uint8Array): boolean;
    readonly incoming: AsyncIterable<Uint8Array>;
  };
  openBidi(options?: { readonly priority?: number; readonly signal?: AbortSignal }): Promise<QuicBidiLike>;
  openUni(options?: { readonly priority?: number; readonly signal?: AbortSignal }): Promise<QuicSendLike>;
  stats(): QuicStatsLike;
  close(code?: number, reason?: string): void;
}
export interface QuicBidiLike {
  readonly send: QuicSendLike;
  readonly receive: QuicReceiveLike;
}
export interface QuicSendLike {
  priority: number;
  readonly bufferedBytes: number;
  /** Bytes since the last call, and whether FIN was among them. */
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  readonly closed: Promise<
    | { readonly kind: "finished" }
    | { readonly kind: "reset"; readonly code: number }
    | { readonly kind: "stopped"; readonly code: number }
    | { readonly kind: "session"; readonly closed: QuicClosedLike }
  >;
  write(...chunks: readonly Uint8Array[]): void;
  ready(): Promise<void>;
  finish(): void;
  reset(code: number): void;
}
export interface QuicReceiveLike {
  read(): Promise<Uint8Array | undefined>;
  stop(code: number): void;
}
export interface QuicStatsLike {
  readonly rttMs: number;
  readonly minRttMs?: number;
  readonly latestRttMs?: number;
  readonly congestionWindowBytes: number;
  readonly congestionEvents: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly packetsReceived?: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly bufferedBytes: number;
}
