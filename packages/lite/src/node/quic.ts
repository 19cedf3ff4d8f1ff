import type { OpenWebTransport } from "../connect/open-web-transport.ts";
import type {
  BidiStream,
  Datagrams,
  OpenOptions,
  ReceiveStream,
  SendClosed,
  SendStream,
  Transport,
  TransportClosed,
  TransportStats,
} from "../transport/transport.ts";
import { quicError } from "./quic-error.ts";
import type {
  QuicClosedLike,
  QuicConnectOptions,
  QuicLike,
  QuicReceiveLike,
  QuicSendLike,
  QuicSessionLike,
  QuicStatsLike,
} from "./quic-session.ts";

/** Runs a transport on a session of `@moqscope/quic`, WebTransport or raw QUIC; the session belongs to it from here on. */
export function quicTransport(session: QuicSessionLike): Transport {
  return new QuicTransport(session);
}

/**
 * A peer that is gone without a word is missed after two seconds, also before it has answered anything that could be asked of it. QUIC
 * runs apart from JavaScript: a process that is busy is not mistaken for one that is gone.
 */
const silence = { keepAliveMs: 500, idleTimeoutMs: 2_000 } as const;

/**
 * Dials with `@moqscope/quic`, for `ConnectOptions.webTransport`: `https` by WebTransport, `moqt` and `moql` by raw QUIC. `trust` is
 * how certificates are judged where `connect` has no fingerprint; default as the system does. The connection ends after 2 s of silence,
 * asked for a sign of life every 500 ms, unless told otherwise.
 */
export function quicOpener(
  quic: QuicLike,
  { trust = "system", ...rest }: Omit<QuicConnectOptions, "protocols" | "signal"> = {},
): OpenWebTransport {
  return async (url, { signal, protocols, certificateHashes }) => {
    const judged = certificateHashes ? { sha256: certificateHashes.map((hash) => Buffer.from(hash).toString("hex")) } : trust;
    try {
      return new QuicTransport(await quic.connectQuic(url, { protocols, trust: judged, signal, ...silence, ...rest }));
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw quicError(cause);
    }
  };
}

class QuicTransport implements Transport {
  readonly kind: "webtransport" | "quic";
  readonly protocol: string;
  readonly framing = "";
  readonly measuresRtt = true;
  readonly incomingBidi: AsyncIterable<BidiStream>;
  readonly incomingUni: AsyncIterable<ReceiveStream>;
  readonly datagrams: Datagrams;
  readonly closed: Promise<TransportClosed>;
  readonly #session: QuicSessionLike;
  constructor(session: QuicSessionLike) {
    this.#session = session;
    this.kind = session.kind;
    this.protocol = session.protocol;
    this.datagrams = session.datagrams;
    this.closed = session.closed.then(closedOf);
    this.incomingBidi = mapped(session.incomingBidi, pair);
    this.incomingUni = mapped(session.incomingUni, (receive) => new QuicReceiveStream(receive));
  }
  async openBidi(options: OpenOptions = {}): Promise<BidiStream> {
    return pair(await this.#opened(options, () => this.#session.openBidi(options)));
  }
  async openUni(options: OpenOptions = {}): Promise<SendStream> {
    return new QuicSendStream(await this.#opened(options, () => this.#session.openUni(options)));
  }
  stats(): TransportStats {
    return statsOf(this.#session.stats());
  }
  close(code = 0, reason = ""): void {
    this.#session.close(code, reason);
  }
  async #opened<T>({ signal }: OpenOptions, open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw quicError(cause);
    }
  }
}

class QuicSendStream implements SendStream {
  readonly #stream: QuicSendLike;
  #departed: SendStream["departed"];
  #departedBytes = 0;
  #closed: Promise<SendClosed> | undefined;
  constructor(stream: QuicSendLike) {
    this.#stream = stream;
  }
  get priority(): number {
    return this.#stream.priority;
  }
  set priority(value: number) {
    this.#stream.priority = value;
  }
  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }
  get departed(): SendStream["departed"] {
    return this.#departed;
  }
  set departed(told: SendStream["departed"]) {
    this.#departed = told;
    this.#stream.departed = (bytes, finished) => {
      this.#departedBytes += bytes;
      this.#departed?.(this.#departedBytes, finished);
    };
  }
  get closed(): Promise<SendClosed> {
    this.#closed ??= this.#stream.closed.then((how) =>
      how.kind === "session" ? { kind: "transport", closed: closedOf(how.closed) } : how,
    );
    return this.#closed;
  }
  write(...chunks: readonly Uint8Array[]): void {
    this.#stream.write(...chunks);
  }
  ready(): Promise<void> {
    return this.#stream.ready();
  }
  finish(): void {
    this.#stream.finish();
  }
  reset(code: number): void {
    this.#stream.reset(code);
  }
}

class QuicReceiveStream implements ReceiveStream {
  readonly #stream: QuicReceiveLike;
  #stopped = false;
  constructor(stream: QuicReceiveLike) {
    this.#stream = stream;
  }
  async read(): Promise<Uint8Array | undefined> {
    if (this.#stopped) return undefined;
    try {
      return await this.#stream.read();
    } catch (cause) {
      if (this.#stopped) return undefined;
      throw quicError(cause);
    }
  }
  stop(code: number): void {
    this.#stopped = true;
    this.#stream.stop(code);
  }
}

function pair({ send, receive }: { readonly send: QuicSendLike; readonly receive: QuicReceiveLike }): BidiStream {
  return { send: new QuicSendStream(send), receive: new QuicReceiveStream(receive) };
}
function mapped<T, R>(items: AsyncIterable<T>, map: (item: T) => R): AsyncIterable<R> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<R, undefined> {
      const from = items[Symbol.asyncIterator]();
      return {
        async next() {
          const { done, value } = await from.next();
          return done ? { done, value: undefined } : { done: false, value: map(value) };
        },
        return: () => Promise.resolve({ done: true, value: undefined }),
      };
    },
  };
}
function closedOf({ by, code, reason }: QuicClosedLike): TransportClosed {
  return { clean: code === 0 && by !== "lost", code, reason, by };
}
function statsOf(stats: QuicStatsLike): TransportStats {
  const { rttMs, minRttMs, latestRttMs, congestionWindowBytes } = stats;
  const source = "quic" as const;
  return {
    bytesSent: stats.bytesSent,
    bytesReceived: stats.bytesReceived,
    bufferedBytes: stats.bufferedBytes,
    rtt: {
      ms: rttMs,
      ...(minRttMs === undefined ? {} : { minMs: minRttMs }),
      ...(latestRttMs === undefined ? {} : { latestMs: latestRttMs }),
      source,
    },
    packets: {
      sent: stats.packetsSent,
      lost: stats.packetsLost,
      ...(stats.packetsReceived === undefined ? {} : { received: stats.packetsReceived }),
      source,
    },
    congestion: { windowBytes: congestionWindowBytes, events: stats.congestionEvents, source },
    // A window a round trip is what the congestion controller lets through.
    ...(rttMs > 0 ? { sendRateBps: (congestionWindowBytes * 8 * 1000) / rttMs } : {}),
  };
}
