import { type Clock, systemClock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import type { BidiStream, OpenOptions, SendStream, Transport, TransportClosed, TransportStats } from "../transport/transport.ts";
import { DatagramsOfW3c } from "./datagrams.ts";
import { Incoming } from "./incoming.ts";
import { messageOf, overOf, type W3cReceiveOwner, W3cReceiveStream } from "./receive-stream.ts";
import { type W3cSendOwner, W3cSendStream } from "./send-stream.ts";
import { W3cStatistics } from "./statistics.ts";
import { Turns } from "./turns.ts";
import type { W3cBidi, W3cReadable, W3cSendOptions, W3cWebTransport, W3cWritable } from "./w3c.ts";

export interface WebTransportOptions {
  /** Default: what the object says was negotiated, else none. For servers whose sessions do not say it. */
  readonly protocol?: string;
  readonly clock?: Clock | undefined;
}
/** Bytes of a close reason (draft-ietf-webtrans-http3 §6). */
const reasonBytes = 1024;

/** A transport on a W3C `WebTransport` object, or on a server's session of the same shape, that is ready (W3C WebTransport). */
export class WebTransportTransport implements Transport, W3cReceiveOwner {
  readonly kind = "webtransport";
  readonly framing = "";
  readonly protocol: string;
  readonly incomingBidi: Incoming<W3cBidi, BidiStream>;
  readonly incomingUni: Incoming<W3cReadable<Uint8Array>, W3cReceiveStream>;
  readonly #session: W3cWebTransport;
  readonly #turns: Turns;
  readonly #statistics: W3cStatistics;
  /** Absent where the session is reliable only: messages that cannot be lost are no datagrams. */
  readonly datagrams?: DatagramsOfW3c;
  readonly #closed = Promise.withResolvers<TransportClosed>();
  readonly #over = new AbortController();
  readonly #sending = new Set<W3cSendStream>();
  readonly #receiving = new Set<W3cReceiveStream>();
  #ended: TransportClosed | undefined;
  #order = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  constructor(session: W3cWebTransport, options: WebTransportOptions = {}) {
    const { clock = systemClock } = options;
    this.#session = session;
    this.protocol = options.protocol ?? session.protocol ?? "";
    this.#turns = new Turns(clock);
    this.#statistics = new W3cStatistics(session, clock);
    this.incomingBidi = new Incoming(session.incomingBidirectionalStreams, (bidi) => this.#pair(bidi, 0));
    this.incomingUni = new Incoming(session.incomingUnidirectionalStreams, (readable) => this.#receive(readable));
    if (session.datagrams && session.reliability !== "reliable-only")
      this.datagrams = new DatagramsOfW3c(session.datagrams, (sent, received) => {
        this.#bytesSent += sent;
        this.#bytesReceived += received;
      });
    void this.#watch(); // Never rejects.
  }
  get measuresRtt(): boolean {
    return this.#statistics.available;
  }
  get closed(): Promise<TransportClosed> {
    return this.#closed.promise;
  }
  async openBidi(options: OpenOptions = {}): Promise<BidiStream> {
    const bidi = await this.#open(options, (asked) => this.#session.createBidirectionalStream(asked), abandonBidi);
    return this.#pair(bidi, options.priority ?? 0);
  }
  async openUni(options: OpenOptions = {}): Promise<SendStream> {
    const writable = await this.#open(options, (asked) => this.#session.createUnidirectionalStream(asked), abandonWritable);
    return this.#send(writable, options.priority ?? 0);
  }
  stats(): TransportStats {
    let bufferedBytes = 0;
    for (const stream of this.#sending) bufferedBytes += stream.bufferedBytes;
    return { bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived, bufferedBytes, ...this.#statistics.newest() };
  }
  close(code = 0, reason = ""): void {
    if (this.#ended) return;
    const told = cut(reason);
    this.#end({ clean: code === 0, code, reason: told, by: "local" });
    try {
      this.#session.close({ closeCode: code, reason: told });
    } catch {
      // It had ended already, and that is all that was asked for.
    }
  }
  received(bytes: number): void {
    this.#bytesReceived += bytes;
  }
  receiveLeft(stream: W3cReceiveStream): void {
    this.#receiving.delete(stream);
  }
  async #watch(): Promise<void> {
    try {
      const { closeCode = 0, reason = "" } = ((await this.#session.closed) ?? {}) as { closeCode?: number; reason?: string };
      this.#end({ clean: closeCode === 0, code: closeCode, reason, by: "peer" });
    } catch (error) {
      this.#end({ clean: false, code: 0, reason: messageOf(error), by: "lost" });
    }
  }
  #end(closed: TransportClosed): void {
    if (this.#ended) return;
    this.#ended = closed;
    this.#turns.stop();
    this.#closed.resolve(closed);
    this.#over.abort(overOf(closed));
    for (const stream of this.#sending) stream.end(closed);
    for (const stream of this.#receiving) stream.end(closed);
    this.#receiving.clear();
    this.incomingBidi.end();
    this.incomingUni.end();
    this.datagrams?.incoming.end();
  }
  /** A stream once there is credit for it; one that nobody waits for any more is given back. */
  async #open<T>(options: OpenOptions, create: (asked: W3cSendOptions) => Promise<T>, giveBack: (stream: T) => void): Promise<T> {
    const { priority = 0 } = options;
    const signal = options.signal ? AbortSignal.any([options.signal, this.#over.signal]) : this.#over.signal;
    if (signal.aborted) throw signal.reason;
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => {}); // Raced below; late it says nothing new.
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    const creating = create({ sendOrder: priority, waitUntilAvailable: true });
    creating.then(
      (stream) => signal.aborted && giveBack(stream),
      () => {}, // Told by the race.
    );
    try {
      return await Promise.race([creating, gone.promise]);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new LiteError(LiteErrorCode.transportClosed, `no stream could be opened: ${messageOf(cause)}`, { cause });
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }
  #pair(bidi: W3cBidi, priority: number): BidiStream {
    return { send: this.#send(bidi.writable, priority), receive: this.#receive(bidi.readable) };
  }
  #send(writable: W3cWritable, priority: number): W3cSendStream {
    const owner: W3cSendOwner = {
      order: this.#order++,
      closed: this.closed,
      wake: (stream) => this.#turns.wake(stream),
      sent: (bytes) => {
        this.#bytesSent += bytes;
      },
      left: (stream) => {
        this.#turns.leave(stream);
        this.#sending.delete(stream);
      },
    };
    const stream = new W3cSendStream(writable, priority, owner);
    this.#sending.add(stream);
    if (this.#ended) stream.end(this.#ended);
    return stream;
  }
  #receive(readable: W3cReadable<Uint8Array>): W3cReceiveStream {
    const stream = new W3cReceiveStream(readable, this);
    if (this.#ended) stream.end(this.#ended);
    else this.#receiving.add(stream);
    return stream;
  }
}

function abandonWritable(writable: W3cWritable): void {
  writable
    .getWriter()
    .abort()
    .catch(() => {}); // It had ended already.
}
function abandonBidi({ readable, writable }: W3cBidi): void {
  abandonWritable(writable);
  readable
    .getReader()
    .cancel()
    .catch(() => {}); // It had ended already.
}
function cut(reason: string): string {
  let text = reason.slice(0, reasonBytes);
  while (new TextEncoder().encode(text).byteLength > reasonBytes) text = text.slice(0, -1);
  return text;
}
