import { Datagrams } from "./datagrams.ts";
import { engine, type SessionSink } from "./engine.ts";
import { QuicError } from "./error.ts";
import { Queue } from "./queue.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { SendStream, type StreamOwner } from "./send-stream.ts";
import type {
  QuicAddress,
  QuicBidiStream,
  QuicClosed,
  QuicOpenOptions,
  QuicReceiveStream,
  QuicSendStream,
  QuicSession,
  QuicStats,
} from "./types.ts";
import { CLOSED_BY, Event, FAILURES, Op } from "./wire.ts";

/** Bytes that were taken are told in parts of this size: of one stream, and of all together (less where the window is small). */
const STREAM_TOLD_BYTES = 64 << 10;
const SESSION_TOLD_BYTES = 256 << 10;
const STAT_FIELDS = 13;
const scratch = new Float64Array(STAT_FIELDS);

/** What both ends know of a session before it stands. */
export interface SessionStart {
  readonly id: number;
  readonly kind: "webtransport" | "quic";
  /** Incoming streams that may wait to be taken; the addon holds the others back. */
  readonly untaken: number;
  /** Bytes of all streams that may lie here unread. */
  readonly unread: number;
  /** Of a session that a peer began. */
  readonly server?: number;
}

interface Opened {
  readonly send: SendStream;
  /** Absent of a stream of one direction. */
  readonly receive: ReceiveStream | undefined;
}

interface Opening {
  readonly uni: boolean;
  readonly priority: number;
  readonly resolve: (opened: Opened) => void;
  readonly reject: (error: unknown) => void;
}

interface Established {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

export class Session implements QuicSession, SessionSink, StreamOwner {
  readonly id: number;
  readonly server: number | undefined;
  readonly engine = engine();
  readonly kind: "webtransport" | "quic";
  readonly closed: Promise<QuicClosed>;
  readonly incomingBidi: Queue<QuicBidiStream>;
  readonly incomingUni: Queue<QuicReceiveStream>;
  readonly datagrams: Datagrams;
  /** Settles when the session stands, or does not come about. */
  readonly standing: Promise<void>;
  protocol = "";
  remote: QuicAddress = { host: "", port: 0 };
  buffered = 0;
  readonly #closed = Promise.withResolvers<QuicClosed>();
  readonly #standing = Promise.withResolvers<void>();
  readonly #sends = new Map<number, SendStream>();
  readonly #receives = new Map<number, ReceiveStream>();
  readonly #opening = new Map<number, Opening>();
  readonly #consumed = new Map<number, number>();
  readonly #takenStep: number;
  readonly #toldStep: number;
  #endedConsumed = 0;
  #untold = 0;
  #taken = 0;
  #requests = 0;
  #end: QuicClosed | undefined;
  #lastStats: QuicStats | undefined;

  constructor(start: SessionStart) {
    this.id = start.id;
    this.kind = start.kind;
    this.server = start.server;
    this.closed = this.#closed.promise;
    this.standing = this.#standing.promise;
    // Whoever accepts or connects hears it; a peer's session that nobody accepted has no one to tell.
    this.standing.catch(() => undefined);
    this.#takenStep = Math.max(1, Math.min(256, Math.floor(start.untaken / 2)));
    this.#toldStep = Math.max(1, Math.min(SESSION_TOLD_BYTES, Math.floor(start.unread / 4)));
    const taken = (): void => this.#tookStream();
    this.incomingBidi = new Queue<QuicBidiStream>(Number.POSITIVE_INFINITY, taken);
    this.incomingUni = new Queue<QuicReceiveStream>(Number.POSITIVE_INFINITY, taken);
    this.datagrams = new Datagrams(this.engine, this.id);
    this.engine.sessions.set(this.id, this);
    this.engine.hold();
  }

  openBidi(options: QuicOpenOptions = {}): Promise<QuicBidiStream> {
    return this.#open(false, options).then(({ send, receive }) => ({ send, receive: receive as ReceiveStream }));
  }

  openUni(options: QuicOpenOptions = {}): Promise<QuicSendStream> {
    return this.#open(true, options).then(({ send }) => send);
  }

  #open(uni: boolean, { priority = 0, signal }: QuicOpenOptions): Promise<Opened> {
    if (this.#end !== undefined) return Promise.reject(closedError(this.#end));
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (!Number.isSafeInteger(priority)) return Promise.reject(new RangeError(`priority ${priority} is not a safe integer`));
    const request = ++this.#requests;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#opening.delete(request);
        reject(signal?.reason as Error);
      };
      const settled = <T>(settle: (value: T) => void): ((value: T) => void) => {
        if (signal === undefined) return settle;
        return (value) => {
          signal.removeEventListener("abort", abort);
          settle(value);
        };
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#opening.set(request, { uni, priority, resolve: settled(resolve), reject: settled(reject) });
      this.engine.op(Op.open, this.id, request, uni ? 1 : 0, priority);
    });
  }

  stats(): QuicStats {
    if (!this.engine.native.stats(this.id, scratch)) {
      return { ...(this.#lastStats ?? noStats), bufferedBytes: 0 };
    }
    const at = (index: number): number => scratch[index] as number;
    this.#lastStats = {
      rttMs: at(0),
      minRttMs: at(1),
      congestionWindowBytes: at(2),
      congestionEvents: at(3),
      packetsSent: at(4),
      packetsLost: at(5),
      bytesSent: at(6),
      bytesReceived: at(7),
      bytesLost: at(8),
      datagramsSent: at(9),
      datagramsReceived: at(10),
      mtuBytes: at(11),
      bufferedBytes: this.buffered,
    };
    return this.#lastStats;
  }

  close(code = 0, reason = ""): void {
    if (this.#end !== undefined) return;
    this.engine.op(Op.close, this.id, code, this.engine.text(reason));
    this.finish({ by: "local", code, reason });
  }

  /** The session has ended; the first word counts. */
  finish(closed: QuicClosed): void {
    if (this.#end !== undefined) return;
    this.#end = closed;
    this.#standing.reject(closedError(closed));
    for (const opening of this.#opening.values()) opening.reject(closedError(closed));
    this.#opening.clear();
    for (const stream of this.#sends.values()) stream.sessionEnded(closed);
    for (const stream of this.#receives.values()) stream.sessionEnded(closed);
    this.#sends.clear();
    this.#receives.clear();
    this.incomingBidi.end();
    this.incomingUni.end();
    this.datagrams.end();
    this.#closed.resolve(closed);
  }

  get ended(): QuicClosed | undefined {
    return this.#end;
  }

  sendEnded(stream: number): void {
    this.#sends.delete(stream);
  }

  receiveEnded(stream: number): void {
    this.#receives.delete(stream);
    this.#endedConsumed += this.#consumed.get(stream) ?? 0; // Part of what is untold all along.
    this.#consumed.delete(stream);
  }

  receiveStopped(stream: number): void {
    this.#receives.delete(stream);
    this.#untold -= this.#consumed.get(stream) ?? 0;
    this.#consumed.delete(stream);
  }

  consumed(stream: number, bytes: number, ended: boolean): void {
    this.#untold += bytes;
    if (ended) {
      this.#endedConsumed += bytes;
    } else {
      const sum = (this.#consumed.get(stream) ?? 0) + bytes;
      this.#consumed.set(stream, sum);
      if (sum >= STREAM_TOLD_BYTES) this.#tellConsumed(stream, sum);
    }
    if (this.#untold < this.#toldStep) return;
    for (const [id, sum] of this.#consumed) if (sum > 0) this.#tellConsumed(id, sum);
    this.engine.op(Op.consumed, this.id, -1, this.#endedConsumed);
    this.#endedConsumed = 0;
    this.#untold = 0;
  }

  #tellConsumed(stream: number, bytes: number): void {
    this.engine.op(Op.consumed, this.id, stream, bytes);
    this.#consumed.set(stream, 0);
    this.#untold -= bytes;
  }

  told(kind: number, numbers: Float64Array, at: number, text: string): void {
    const first = numbers[at + 2] as number;
    const code = numbers[at + 3] as number;
    if (kind === Event.established) {
      const { protocol, host, port } = JSON.parse(text) as Established;
      this.protocol = protocol;
      this.remote = { host, port };
      this.datagrams.maxBytes = first;
      this.#standing.resolve();
    } else if (kind === Event.failed) {
      this.#standing.reject(new QuicError(FAILURES[first] ?? "connect_failed", text, code < 0 ? undefined : code));
      this.finish({ by: "lost", code: 0, reason: text });
    } else {
      this.finish({ by: CLOSED_BY[first] ?? "lost", code, reason: text });
    }
  }

  data(stream: number, bytes: Uint8Array | undefined, finished: boolean): void {
    this.#receives.get(stream)?.arrived(bytes, finished);
  }

  fault(reason: string): void {
    this.finish({ by: "lost", code: 0, reason });
  }

  datagram(bytes: Uint8Array): void {
    this.datagrams.incoming.push(bytes);
  }

  event(kind: number, numbers: Float64Array, at: number): void {
    const stream = numbers[at + 2] as number;
    const third = numbers[at + 3] as number;
    switch (kind) {
      case Event.departed:
        this.#sends.get(stream)?.took(third, numbers[at + 4] === 1);
        return;
      case Event.stream:
        this.#arrived(stream, third === 1);
        return;
      case Event.opened:
        this.#opened(stream, third);
        return;
      case Event.finished:
        this.#sends.get(stream)?.end({ kind: "finished" });
        return;
      case Event.stopped:
        this.#sends.get(stream)?.end({ kind: "stopped", code: third });
        return;
      case Event.reset:
        this.#receives.get(stream)?.reset(third);
        return;
      case Event.datagramSpace:
        this.datagrams.room(stream, third);
        return;
      case Event.released:
        this.finish({ by: "lost", code: 0, reason: "the connection has gone" });
        this.engine.sessions.delete(this.id);
        this.engine.release();
        return;
      default:
    }
  }

  #opened(request: number, stream: number): void {
    const opening = this.#opening.get(request);
    this.#opening.delete(request);
    if (this.#end !== undefined) return;
    if (opening === undefined) {
      // Given up while it waited for credit.
      this.engine.op(Op.reset, this.id, stream, 0);
      this.engine.op(Op.stop, this.id, stream, 0);
      return;
    }
    const send = new SendStream(this, stream, opening.priority);
    this.#sends.set(stream, send);
    const receive = opening.uni ? undefined : new ReceiveStream(this, stream);
    if (receive) this.#receives.set(stream, receive);
    // the objects themselves: the session may have ended before whoever waits comes to its turn
    opening.resolve({ send, receive });
  }

  #arrived(stream: number, uni: boolean): void {
    if (this.#end !== undefined) return;
    const receive = new ReceiveStream(this, stream);
    this.#receives.set(stream, receive);
    if (uni) {
      this.incomingUni.push(receive);
      return;
    }
    const send = new SendStream(this, stream, 0);
    this.#sends.set(stream, send);
    this.incomingBidi.push({ send, receive });
  }

  #tookStream(): void {
    this.#taken += 1;
    if (this.#taken < this.#takenStep || this.#end !== undefined) return;
    this.engine.op(Op.taken, this.id, this.#taken);
    this.#taken = 0;
  }
}

const noStats: QuicStats = {
  rttMs: 0,
  congestionWindowBytes: 0,
  congestionEvents: 0,
  packetsSent: 0,
  packetsLost: 0,
  bytesSent: 0,
  bytesReceived: 0,
  datagramsSent: 0,
  datagramsReceived: 0,
  mtuBytes: 0,
  bufferedBytes: 0,
};

export function closedError({ by, code, reason }: QuicClosed): QuicError {
  return new QuicError("closed", `the session has ended (${by}, code ${code})${reason === "" ? "" : `: ${reason}`}`, code);
}
