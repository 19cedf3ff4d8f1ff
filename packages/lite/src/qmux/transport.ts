import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { type TransportLimits, transportLimits } from "../transport/limits.ts";
import type { Queue } from "../transport/queue.ts";
import type {
  BidiStream,
  LinkStats,
  OpenOptions,
  ReceiveStream,
  SendStream,
  Transport,
  TransportClosed,
  TransportKind,
  TransportStats,
} from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { Cursor } from "../wire/cursor.ts";
import type { QmuxFrame } from "./frame.ts";
import type { Framing } from "./framing.ts";
import { KeepAlive } from "./keep-alive.ts";
import { decodeParameters, encodeParameters, minRecordBytes, type Parameters, unlimitedParameters } from "./parameters.ts";
import { Scheduler } from "./scheduler.ts";
import type { MessageSocket } from "./socket.ts";
import { Streams } from "./streams.ts";

/** Codes inside frame 0x1c (qmux-websocket §7). */
const CloseCode = { violation: 1002, text: 1003 } as const;
const closeGraceMs = 100;
const reasonLimit = 512;

export interface QmuxOptions {
  readonly role: "client" | "server";
  /** Open, and not listened to yet. */
  readonly socket: MessageSocket;
  readonly framing: Framing;
  /** Application protocol, such as `moq-lite-05`. */
  readonly protocol: string;
  readonly kind: TransportKind;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  readonly pingIntervalMs?: number | undefined;
  readonly pingTimeoutMs?: number | undefined;
  /** What the system knows of the connection below the socket. */
  readonly kernel?: (() => LinkStats | undefined) | undefined;
}

/** QMux over a socket of messages: QUIC-shaped streams with credit, in as few messages as there are (qmux-websocket). */
export class QmuxTransport implements Transport {
  readonly kind: TransportKind;
  readonly protocol: string;
  readonly framing: string;
  readonly incomingBidi: Queue<BidiStream>;
  readonly incomingUni: Queue<ReceiveStream>;
  readonly measuresRtt: boolean;
  readonly #options: QmuxOptions;
  readonly #socket: MessageSocket;
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #scheduler: Scheduler;
  readonly #streams: Streams;
  readonly #keepAlive: KeepAlive;
  readonly #closed = Promise.withResolvers<TransportClosed>();
  #ended: TransportClosed | undefined;
  #peer: Parameters | undefined;
  #bytesReceived = 0;
  #held = false;
  #pingSent = 0n;
  #pingReceived = -1n;
  readonly #cancelHandshake: () => void;

  constructor(options: QmuxOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.protocol = options.protocol;
    this.framing = options.framing.name;
    this.#socket = options.socket;
    this.#clock = options.clock ?? systemClock;
    this.#limits = transportLimits(options.limits);
    this.measuresRtt = options.socket.ping !== undefined;
    this.#scheduler = new Scheduler(options, this.#limits, () => this.close(WireCode.lagged, "peer takes no control frames"));
    this.#streams = new Streams({
      role: options.role,
      limits: this.#limits,
      scheduler: this.#scheduler,
      credit: options.framing.credit,
      backlog: (bytes, streams) => this.#backlog(bytes, streams),
    });
    this.incomingBidi = this.#streams.incomingBidi;
    this.incomingUni = this.#streams.incomingUni;
    this.#keepAlive = new KeepAlive({
      clock: this.#clock,
      ...socketPing(options),
      sendPing: () => this.#scheduler.control({ kind: "ping", response: false, sequence: ++this.#pingSent }),
      // Whom we hold back ourselves cannot be heard.
      dead: (afterMs) => this.#held || this.#lose(`nothing received for ${Math.round(afterMs)} ms`, WireCode.timeout),
    });
    this.#socket.listen({
      message: (data) => this.#message(data),
      text: () => this.#violate("text frames are not valid here", CloseCode.text),
      pong: () => this.#keepAlive.ponged(),
      closed: (reason) => this.#lose(reason),
    });
    this.#cancelHandshake = options.framing.credit ? this.#handshake() : this.#withoutCredit();
  }
  get closed(): Promise<TransportClosed> {
    return this.#closed.promise;
  }
  openBidi(options: OpenOptions = {}): Promise<BidiStream> {
    return this.#streams.openBidi(options);
  }
  openUni(options: OpenOptions = {}): Promise<SendStream> {
    return this.#streams.openUni(options);
  }
  stats(): TransportStats {
    return {
      bytesSent: this.#scheduler.bytesSent,
      bytesReceived: this.#bytesReceived,
      bufferedBytes: this.#scheduler.bufferedBytes,
      ...withPing(this.#options.kernel?.(), this.#keepAlive.rttMs),
    };
  }
  close(code = 0, reason = ""): void {
    if (this.#ended) return;
    this.#scheduler.last({ kind: "close", application: true, code, reason: reason.slice(0, reasonLimit) });
    this.#clock.after(closeGraceMs, () => this.#socket.close());
    this.#end({ clean: code === 0, code, reason, by: "local" });
  }
  #violate(reason: string, code: number = CloseCode.violation): void {
    if (this.#ended) return;
    this.#scheduler.last({ kind: "close", application: false, code, reason: reason.slice(0, reasonLimit) });
    this.#clock.after(closeGraceMs, () => this.#socket.close());
    this.#end({ clean: false, code, reason, by: "local" });
  }
  #lose(reason: string, code = 0): void {
    if (this.#ended) return;
    this.#socket.abort();
    this.#end({ clean: false, code, reason, by: "lost" });
  }
  #end(closed: TransportClosed): void {
    this.#ended = closed;
    this.#cancelHandshake();
    this.#keepAlive.stop();
    this.#scheduler.stop();
    this.#streams.end(closed);
    this.#closed.resolve(closed);
  }
  #handshake(): () => void {
    this.#scheduler.control({ kind: "parameters", body: encodeParameters(ours(this.#limits, this.#options.framing)) });
    return this.#clock.after(this.#limits.handshakeMs, () =>
      this.#violate(`no transport parameters within ${this.#limits.handshakeMs} ms`),
    );
  }
  #withoutCredit(): () => void {
    this.#allow(unlimitedParameters);
    return () => {};
  }
  #allow(peer: Parameters): void {
    this.#peer = peer;
    this.#scheduler.peerRecordBytes = peer.maxRecordSize;
    this.#streams.peerParameters(peer);
    this.#scheduler.allow(peer.maxData);
  }
  /** Without credit the socket itself is what holds a peer back; where it cannot, the peer is cut off above a limit. */
  #backlog(bytes: number, streams: number): void {
    const { connectionWindowBytes, uncreditedBytes, incomingUniStreams } = this.#limits;
    if (!this.#socket.hold) {
      if (bytes > uncreditedBytes) this.close(WireCode.lagged, `${bytes} bytes wait to be read; the limit is ${uncreditedBytes}`);
      return;
    }
    const share = this.#held ? 0.5 : 1;
    const hold = bytes > share * connectionWindowBytes || streams > share * incomingUniStreams;
    if (hold === this.#held || this.#ended) return;
    this.#held = hold;
    this.#keepAlive.received();
    this.#socket.hold(hold);
  }
  #message(data: Uint8Array): void {
    if (this.#ended) return;
    this.#bytesReceived += data.byteLength;
    this.#keepAlive.received();
    try {
      const limit = this.#options.framing.records ? this.#limits.recordBytes : this.#limits.singleFrameBytes;
      if (data.byteLength > limit)
        throw new LiteError(LiteErrorCode.boundsExceeded, `message of ${data.byteLength} bytes; the limit is ${limit}`);
      if (this.#options.framing.records) this.#record(new Cursor(data));
      else this.#single(new Cursor(data));
    } catch (error) {
      if (!(error instanceof LiteError)) throw error;
      this.#violate(error.message);
    }
  }
  #record(cursor: Cursor): void {
    const { decode } = this.#options.framing;
    for (let frame = decode(cursor); frame && !this.#ended; frame = decode(cursor)) this.#frame(frame);
  }
  #single(cursor: Cursor): void {
    if (cursor.remaining === 0) throw violation("message without a frame");
    const frame = this.#options.framing.decode(cursor);
    cursor.end();
    if (frame) this.#frame(frame);
  }
  #frame(frame: QmuxFrame): void {
    this.#checkAllowed(frame);
    switch (frame.kind) {
      case "parameters":
        return this.#parameters(frame.body);
      case "ping":
        return this.#ping(frame.response, frame.sequence);
      case "close":
        return this.#peerClosed(frame);
      case "max_data":
        return this.#scheduler.allow(frame.max);
      case "datagram": // Never allowed, so never here.
      case "data_blocked": // Informational: our credit follows from what the application reads.
      case "stream_data_blocked":
      case "streams_blocked":
        return;
      case "reset_stream_at":
      case "stream":
      case "reset_stream":
      case "stop_sending":
      case "max_stream_data":
      case "max_streams":
        return this.#streams.receive(frame);
    }
  }
  /** What depends on the framing, or on what we allowed. */
  #checkAllowed({ kind }: QmuxFrame): void {
    const { framing } = this.#options;
    if (!this.#peer && framing.parametersFirst && kind !== "parameters") throw violation(`${kind} before the transport parameters`);
    if (kind === "datagram" || (kind === "reset_stream_at" && !framing.resetStreamAt))
      throw violation(`${kind}, though it was not allowed`);
  }
  #parameters(body: Uint8Array): void {
    if (this.#peer) {
      if (this.#options.framing.parametersFirst) throw violation("transport parameters came twice");
      return;
    }
    const peer = decodeParameters(body);
    this.#cancelHandshake();
    this.#allow(peer);
    if (!this.#options.framing.pings) return;
    const idle = [peer.maxIdleTimeoutMs, this.#limits.idleTimeoutMs].filter((ms) => ms > 0);
    this.#keepAlive.watchIdle(idle.length === 0 ? 0 : Math.min(...idle));
  }
  #ping(response: boolean, sequence: bigint): void {
    const ordered = this.#options.framing.orderedPings;
    if (response) {
      if (ordered && (sequence > this.#pingSent || sequence === 0n)) throw violation(`answer to ping ${sequence}, which was never sent`);
      return this.#keepAlive.ponged();
    }
    if (ordered && sequence <= this.#pingReceived) throw violation(`ping ${sequence} after ${this.#pingReceived}`);
    this.#pingReceived = sequence;
    this.#scheduler.control({ kind: "ping", response: true, sequence });
  }
  #peerClosed(frame: QmuxFrame & { readonly kind: "close" }): void {
    const clean = frame.application && frame.code === 0;
    this.#clock.after(closeGraceMs, () => this.#socket.close());
    this.#end({ clean, code: frame.code, reason: frame.reason.slice(0, reasonLimit), by: "peer" });
  }
}

function violation(message: string): LiteError {
  return new LiteError(LiteErrorCode.protocolViolation, message);
}

/** Our ping goes through everything that waits on the way, so it is what a peer is told; the kernel's goes beside it. */
function withPing(kernel: LinkStats | undefined, pingMs: number | undefined): LinkStats {
  if (pingMs === undefined) return kernel ?? {};
  const rtt = { ms: pingMs, source: "ping" as const };
  return kernel?.rtt ? { ...kernel, rtt, otherRtts: [kernel.rtt] } : { ...kernel, rtt };
}
function socketPing(options: QmuxOptions): { socketPing?: { intervalMs: number; timeoutMs: number; send: () => void } } {
  const { socket } = options;
  if (!socket.ping) return {};
  return {
    socketPing: {
      intervalMs: options.pingIntervalMs ?? 5000,
      timeoutMs: options.pingTimeoutMs ?? 30_000,
      send: () => socket.ping?.(),
    },
  };
}
function ours(limits: TransportLimits, framing: Framing): Parameters {
  return {
    maxIdleTimeoutMs: limits.idleTimeoutMs,
    maxData: limits.connectionWindowBytes,
    maxStreamDataBidiLocal: limits.streamWindowBytes,
    maxStreamDataBidiRemote: limits.streamWindowBytes,
    maxStreamDataUni: limits.streamWindowBytes,
    maxStreamsBidi: limits.incomingBidiStreams,
    maxStreamsUni: limits.incomingUniStreams,
    resetStreamAt: framing.resetStreamAt,
    maxRecordSize: Math.max(limits.recordBytes, minRecordBytes),
  };
}
