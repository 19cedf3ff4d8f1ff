import type { SendClosed, SendStream } from "../transport/transport.ts";
import type { Sink } from "../wire/sink.ts";
import type { Framing } from "./framing.ts";

/** Where streams stand that have something to send. */
export interface SendQueue {
  /** It has something to send. */
  wake(stream: QmuxSendStream): void;
  priorityChanged(): void;
}
/** What a sending half asks of its transport. */
export interface SendOwner {
  resetStream(stream: QmuxSendStream, code: number, finalSize: number): void;
  /** FIN was handed over, or it was reset. */
  sendEnded(stream: QmuxSendStream): void;
}
export interface SendStreamOptions {
  readonly maxBytes: number;
  readonly priority: number;
  /** Rises with every stream: among equal priorities the earlier goes first. */
  readonly order: number;
  readonly queue: SendQueue;
}
/** Bytes queued below which `ready` resolves. */
const highWaterBytes = 64 * 1024;
/** What stands in the place of a chunk that is gone. */
const nothing = new Uint8Array(0);

/** The sending half of a stream: a queue of the caller's buffers that the scheduler empties by credit and priority. */
export class QmuxSendStream implements SendStream {
  readonly id: number;
  readonly order: number;
  /** The scheduler's mark: it stands among those that have something to send. */
  active = false;
  readonly #owner: SendOwner;
  readonly #sendQueue: SendQueue;
  /** Bytes that the peer allows on this stream, from its start. */
  maxBytes: number;
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  #priority: number;
  /** From `head` to `tail`; the places are used again, because a live stream is emptied after every frame. */
  readonly #queue: Uint8Array[] = [];
  #head = 0;
  #tail = 0;
  #headOffset = 0;
  #buffered = 0;
  #sent = 0;
  #finishing = false;
  #closed: SendClosed | undefined;
  #closedPromise: PromiseWithResolvers<SendClosed> | undefined;
  #waiting: (() => void)[] = [];
  /** The limit at which the peer was last told that we are blocked. */
  #blockedAt = -1;

  constructor(id: number, options: SendStreamOptions, owner: SendOwner) {
    this.id = id;
    this.maxBytes = options.maxBytes;
    this.#priority = options.priority;
    this.order = options.order;
    this.#owner = owner;
    this.#sendQueue = options.queue;
  }
  get priority(): number {
    return this.#priority;
  }
  set priority(value: number) {
    if (value === this.#priority) return;
    this.#priority = value;
    this.#sendQueue.priorityChanged();
  }
  get bufferedBytes(): number {
    return this.#buffered;
  }
  /** Bytes handed to the socket. */
  get sentBytes(): number {
    return this.#sent;
  }
  /** FIN was handed to the socket. */
  get finished(): boolean {
    return this.#closed?.kind === "finished";
  }
  get closed(): Promise<SendClosed> {
    this.#closedPromise ??= Promise.withResolvers<SendClosed>();
    if (this.#closed) this.#closedPromise.resolve(this.#closed);
    return this.#closedPromise.promise;
  }
  write(...chunks: readonly Uint8Array[]): void {
    if (this.#closed || this.#finishing) return;
    let added = 0;
    for (const chunk of chunks) {
      if (chunk.byteLength === 0) continue;
      this.#queue[this.#tail++] = chunk;
      added += chunk.byteLength;
    }
    if (added === 0) return;
    this.#buffered += added;
    this.#sendQueue.wake(this);
  }
  ready(): Promise<void> {
    if (this.#closed || this.#buffered < highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  finish(): void {
    if (this.#closed || this.#finishing) return;
    this.#finishing = true;
    this.#sendQueue.wake(this);
  }
  reset(code: number): void {
    if (this.#closed) return;
    this.#owner.resetStream(this, code, this.#sent);
    this.end({ kind: "reset", code });
  }
  /** STOP_SENDING: the answer is a reset with the same code (RFC 9000 §3.5). */
  stopped(code: number): void {
    if (this.#closed) return;
    this.#owner.resetStream(this, code, this.#sent);
    this.end({ kind: "stopped", code });
  }
  /** Ends it, once, and throws away what was not sent. */
  end(closed: SendClosed): void {
    if (this.#closed) return;
    this.#closed = closed;
    this.#queue.length = 0;
    this.#head = 0;
    this.#tail = 0;
    this.#buffered = 0;
    this.#wakeWriters();
    this.#owner.sendEnded(this);
    this.#closedPromise?.resolve(closed);
  }
  /** Whether there is data or a FIN that the stream's own credit allows. */
  get sendable(): boolean {
    if (this.#closed) return false;
    return this.#buffered > 0 ? this.#sent < this.maxBytes : this.#finishing;
  }
  /** The limit at which this stream newly stands still for want of its own credit. */
  takeBlocked(): number | undefined {
    if (this.#closed || this.#buffered === 0 || this.#sent < this.maxBytes || this.#blockedAt === this.maxBytes) return undefined;
    this.#blockedAt = this.maxBytes;
    return this.maxBytes;
  }
  /** Writes one STREAM frame of at most `budget` data bytes to the record; returns the data bytes taken. */
  emit(record: Sink, framing: Framing, budget: number): number {
    const bytes = Math.min(budget, this.#buffered, this.maxBytes - this.#sent);
    const fin = this.#finishing && bytes === this.#buffered;
    if (bytes === 0 && !fin) return 0;
    framing.encodeStreamHeader(record, { id: this.id, offset: this.#sent, fin }, bytes);
    this.#move(record, bytes);
    this.#sent += bytes;
    this.#buffered -= bytes;
    if (fin) this.end({ kind: "finished" });
    else if (this.#buffered < highWaterBytes) this.#wakeWriters();
    return bytes;
  }
  #move(record: Sink, bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const chunk = this.#queue[this.#head] as Uint8Array;
      const take = Math.min(left, chunk.byteLength - this.#headOffset);
      record.bytes(take === chunk.byteLength ? chunk : chunk.subarray(this.#headOffset, this.#headOffset + take));
      left -= take;
      this.#headOffset += take;
      if (this.#headOffset < chunk.byteLength) break;
      this.#queue[this.#head++] = nothing;
      this.#headOffset = 0;
    }
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    else if (this.#head > 64) {
      this.#queue.splice(0, this.#head);
      this.#tail -= this.#head;
      this.#head = 0;
    }
  }
  #wakeWriters(): void {
    if (this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
