import { LiteError, LiteErrorCode } from "../error.ts";
import type { TransportLimits } from "../transport/limits.ts";
import { Queue } from "../transport/queue.ts";
import type { BidiStream, OpenOptions, ReceiveStream, SendStream, TransportClosed } from "../transport/transport.ts";
import type { QmuxFrame } from "./frame.ts";
import { Opener } from "./opener.ts";
import type { Parameters } from "./parameters.ts";
import { QmuxReceiveStream, type ReceiveOwner } from "./receive-stream.ts";
import { ReceiveWindow, StreamWindow } from "./receive-window.ts";
import type { Scheduler } from "./scheduler.ts";
import { QmuxSendStream, type SendOwner } from "./send-stream.ts";
import { indexOf, isByServer, isUni, streamId } from "./stream-id.ts";

export interface StreamsOptions {
  readonly role: "client" | "server";
  readonly limits: TransportLimits;
  readonly scheduler: Scheduler;
  /** Whether the framing has credit; without it only what is open and unread is bounded. */
  readonly credit: boolean;
  /** Told the bytes that wait to be read and the peer's open streams whenever they change, where there is no credit. */
  readonly backlog: (bytes: number, streams: number) => void;
}
interface Entry {
  readonly id: number;
  send: QmuxSendStream | undefined;
  receive: QmuxReceiveStream | undefined;
  /** The application has it. */
  accepted: boolean;
}
type StreamFrame = Extract<
  QmuxFrame,
  { readonly kind: "stream" | "reset_stream" | "reset_stream_at" | "stop_sending" | "max_stream_data" | "max_streams" }
>;

/** The table of a connection's streams, and the credit for them in both directions. */
export class Streams implements SendOwner, ReceiveOwner {
  readonly incomingBidi: Queue<BidiStream>;
  readonly incomingUni: Queue<ReceiveStream>;
  readonly #options: StreamsOptions;
  readonly #byServer: boolean;
  readonly #entries = new Map<number, Entry>();
  readonly #bidi: Opener;
  readonly #uni: Opener;
  readonly #bidiWindow: StreamWindow;
  readonly #uniWindow: StreamWindow;
  readonly #window: ReceiveWindow;
  readonly #streamWindowBytes: number;
  readonly #incoming = new Map<object, Entry>();
  #peer: Parameters | undefined;
  #order = 0;
  #ended: LiteError | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#byServer = options.role === "server";
    const blocked = (bidi: boolean) => (limit: number) => options.scheduler.control({ kind: "streams_blocked", bidi, limit });
    this.#bidi = new Opener({ byServer: this.#byServer, uni: false }, blocked(true));
    this.#uni = new Opener({ byServer: this.#byServer, uni: true }, blocked(false));
    const { limits, credit } = options;
    this.#bidiWindow = new StreamWindow(limits.incomingBidiStreams, credit);
    this.#uniWindow = new StreamWindow(limits.incomingUniStreams, credit);
    this.#window = new ReceiveWindow(credit ? limits.connectionWindowBytes : Number.MAX_SAFE_INTEGER);
    this.#streamWindowBytes = credit ? limits.streamWindowBytes : Number.MAX_SAFE_INTEGER;
    this.incomingBidi = new Queue((stream) => this.#accepted(stream));
    this.incomingUni = new Queue((stream) => this.#accepted(stream));
  }
  peerParameters(peer: Parameters): void {
    this.#peer = peer;
    this.#bidi.allow(peer.maxStreamsBidi);
    this.#uni.allow(peer.maxStreamsUni);
  }
  async openBidi(options: OpenOptions): Promise<BidiStream> {
    if (this.#ended) throw this.#ended;
    const id = await this.#bidi.open(options.signal);
    const entry = this.#create(id, { send: true, receive: true });
    return this.#pair(entry, options.priority ?? 0);
  }
  async openUni(options: OpenOptions): Promise<SendStream> {
    if (this.#ended) throw this.#ended;
    const id = await this.#uni.open(options.signal);
    const { send } = this.#create(id, { send: true, receive: false });
    if (!send) throw this.#ended ?? new LiteError(LiteErrorCode.internal, `stream ${id} cannot be written`);
    send.priority = options.priority ?? 0;
    return send;
  }
  receive(frame: StreamFrame): void {
    if (frame.kind === "max_streams") return (frame.bidi ? this.#bidi : this.#uni).allow(frame.max);
    const entry = this.#lookup(frame.id);
    switch (frame.kind) {
      case "stream":
        return this.#data(entry, frame);
      case "reset_stream":
      case "reset_stream_at":
        return this.#charge(this.#receiving(entry, frame.id)?.reset(frame.code, frame.finalSize) ?? 0, true);
      case "stop_sending":
        return this.#sending(entry, frame.id)?.stopped(frame.code);
      case "max_stream_data": {
        const send = this.#sending(entry, frame.id);
        if (!send) return;
        send.maxBytes = Math.max(send.maxBytes, frame.max);
        return this.#options.scheduler.wake(send);
      }
    }
  }
  /** Fails every stream and every waiting open. */
  end(closed: TransportClosed): void {
    const error = new LiteError(
      LiteErrorCode.transportClosed,
      `transport closed by ${closed.by}: ${closed.reason || `code ${closed.code}`}`,
      {
        wireCode: closed.code,
      },
    );
    this.#ended = error;
    for (const entry of this.#entries.values()) {
      entry.send?.end({ kind: "transport", closed });
      entry.receive?.fail(error);
    }
    this.#entries.clear();
    this.#bidi.fail(error);
    this.#uni.fail(error);
    this.incomingBidi.end();
    this.incomingUni.end();
  }
  // What streams ask of us.
  resetStream(stream: QmuxSendStream, code: number, finalSize: number): void {
    this.#options.scheduler.control({ kind: "reset_stream", id: stream.id, code, finalSize });
  }
  sendEnded(stream: QmuxSendStream): void {
    const entry = this.#entries.get(stream.id);
    if (!entry) return;
    entry.send = undefined;
    this.#settle(entry);
  }
  consumed(stream: QmuxReceiveStream, bytes: number, max: number | undefined): void {
    if (max !== undefined) this.#options.scheduler.streamCredit(stream.id, max);
    this.#charge(bytes, false);
  }
  stopSending(stream: QmuxReceiveStream, code: number): void {
    this.#options.scheduler.control({ kind: "stop_sending", id: stream.id, code });
  }
  receiveEnded(stream: QmuxReceiveStream): void {
    const entry = this.#entries.get(stream.id);
    if (!entry) return;
    entry.receive = undefined;
    this.#options.scheduler.forgetCredit(stream.id);
    this.#settle(entry);
  }
  #data(entry: Entry | undefined, frame: QmuxFrame & { readonly kind: "stream" }): void {
    const receive = this.#receiving(entry, frame.id);
    if (!this.#window.receive(frame.data.byteLength)) throw violation("connection credit exceeded");
    if (!receive) return this.#charge(frame.data.byteLength, false);
    if (!receive.receive(frame.data, frame.fin)) throw violation(`credit of stream ${frame.id} exceeded`);
    this.#tellBacklog();
  }
  /** Counts bytes as read; `unseen` ones (of a reset) also as received. */
  #charge(bytes: number, unseen: boolean): void {
    if (bytes === 0) return;
    if (unseen && !this.#window.receive(bytes)) throw violation("connection credit exceeded by a reset");
    const max = this.#window.consume(bytes);
    if (max !== undefined) this.#options.scheduler.dataCredit(max);
    this.#tellBacklog();
  }
  #tellBacklog(): void {
    if (!this.#options.credit) this.#options.backlog(this.#window.unread, this.#bidiWindow.open + this.#uniWindow.open);
  }
  /** The stream of this id, created if the peer may open it now; `undefined` if it is gone. */
  #lookup(id: number): Entry | undefined {
    const known = this.#entries.get(id);
    if (known) return known;
    if (isByServer(id) === this.#byServer) {
      const opened = isUni(id) ? this.#uni.opened : this.#bidi.opened;
      if (indexOf(id) >= opened) throw violation(`stream ${id} was never opened`);
      return undefined;
    }
    const uni = isUni(id);
    const window = uni ? this.#uniWindow : this.#bidiWindow;
    const first = window.used;
    if (indexOf(id) < first) return undefined;
    if (!window.take(indexOf(id))) throw violation(`stream ${id} is above the stream limit`);
    for (let index = first; index <= indexOf(id); index++) this.#incomingStream(streamId(index, { byServer: !this.#byServer, uni }));
    return this.#entries.get(id);
  }
  #incomingStream(id: number): void {
    const uni = isUni(id);
    const entry = this.#create(id, { send: !uni, receive: true });
    const { receive } = entry;
    if (!receive) return;
    const stream = uni ? receive : this.#pair(entry, 0);
    this.#incoming.set(stream, entry);
    if (uni) this.incomingUni.push(receive);
    else this.incomingBidi.push(stream as BidiStream);
  }
  #accepted(stream: object): void {
    const entry = this.#incoming.get(stream);
    this.#incoming.delete(stream);
    if (!entry) return;
    entry.accepted = true;
    this.#settle(entry);
  }
  #create(id: number, halves: { readonly send: boolean; readonly receive: boolean }): Entry {
    if (this.#ended) throw this.#ended;
    const options = { maxBytes: this.#initialCredit(id), priority: 0, order: this.#order++, queue: this.#options.scheduler };
    const entry: Entry = {
      id,
      send: halves.send ? new QmuxSendStream(id, options, this) : undefined,
      receive: halves.receive ? new QmuxReceiveStream(id, this.#streamWindowBytes, this) : undefined,
      accepted: isByServer(id) === this.#byServer,
    };
    this.#entries.set(id, entry);
    return entry;
  }
  #initialCredit(id: number): number {
    if (!this.#peer) return 0;
    if (isUni(id)) return this.#peer.maxStreamDataUni;
    return isByServer(id) === this.#byServer ? this.#peer.maxStreamDataBidiRemote : this.#peer.maxStreamDataBidiLocal;
  }
  #pair(entry: Entry, priority: number): BidiStream {
    const { send, receive } = entry;
    if (!send || !receive) throw new LiteError(LiteErrorCode.internal, `stream ${entry.id} has one direction only`);
    send.priority = priority;
    return { send, receive };
  }
  #receiving(entry: Entry | undefined, id: number): QmuxReceiveStream | undefined {
    if (isUni(id) && isByServer(id) === this.#byServer) throw violation(`stream ${id} is not the peer's to write`);
    return entry?.receive;
  }
  #sending(entry: Entry | undefined, id: number): QmuxSendStream | undefined {
    if (isUni(id) && isByServer(id) !== this.#byServer) throw violation(`stream ${id} is not ours to write`);
    return entry?.send;
  }
  /** Forgets a stream whose halves have ended, and gives the peer credit for another. */
  #settle(entry: Entry): void {
    if (entry.send || entry.receive || !entry.accepted) return;
    if (!this.#entries.delete(entry.id) || this.#ended) return;
    if (isByServer(entry.id) === this.#byServer) return;
    const bidi = !isUni(entry.id);
    const max = (bidi ? this.#bidiWindow : this.#uniWindow).release();
    this.#tellBacklog();
    if (max !== undefined) this.#options.scheduler.control({ kind: "max_streams", bidi, max });
  }
}

function violation(message: string): LiteError {
  return new LiteError(LiteErrorCode.protocolViolation, message);
}
