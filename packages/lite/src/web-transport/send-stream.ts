import type { SendClosed, SendStream, TransportClosed } from "../transport/transport.ts";
import { streamCodeOf, streamError } from "./stream-error.ts";
import type { Turn } from "./turns.ts";
import type { W3cWritable, W3cWriter } from "./w3c.ts";

/** What a sending half asks of its transport. */
export interface W3cSendOwner {
  /** Rises with every stream. */
  readonly order: number;
  readonly closed: Promise<TransportClosed>;
  wake(stream: W3cSendStream): void;
  sent(bytes: number): void;
  /** It has ended, or hands nothing more over. */
  left(stream: W3cSendStream): void;
}
/** Bytes queued below which `ready` resolves. */
const highWaterBytes = 64 * 1024;
/** Most bytes in one write: what a lower priority may keep a higher one waiting for. */
const pieceBytes = 32 * 1024;

/** The sending half of a W3C stream: our own queue, one write at a time, so that a reset and a priority act on what still waits. */
export class W3cSendStream implements SendStream, Turn {
  readonly order: number;
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  readonly #owner: W3cSendOwner;
  readonly #writable: W3cWritable;
  readonly #writer: W3cWriter;
  readonly #closed = Promise.withResolvers<SendClosed>();
  #ended = false;
  #priority: number;
  #queue: Uint8Array[] = [];
  #headOffset = 0;
  #queuedBytes = 0;
  #writingBytes = 0;
  #departedBytes = 0;
  #finishing = false;
  #closing = false;
  #ready: (() => void)[] = [];
  constructor(writable: W3cWritable, priority: number, owner: W3cSendOwner) {
    this.order = owner.order;
    this.#owner = owner;
    this.#writable = writable;
    this.#writer = writable.getWriter();
    this.#priority = priority;
    this.#writer.ready.catch(() => {}); // `closed` tells the same.
    this.#writer.closed.then(
      () => {}, // Told by `close` itself.
      (error: unknown) => void this.#failed(error), // Never rejects.
    );
  }
  get priority(): number {
    return this.#priority;
  }
  set priority(value: number) {
    this.#priority = value;
    if ("sendOrder" in this.#writable) this.#writable.sendOrder = value;
  }
  get bufferedBytes(): number {
    return this.#queuedBytes + this.#writingBytes;
  }
  get closed(): Promise<SendClosed> {
    return this.#closed.promise;
  }
  get waiting(): boolean {
    return !this.#ended && !this.#closing && (this.#queuedBytes > 0 || this.#finishing);
  }
  write(...chunks: readonly Uint8Array[]): void {
    if (this.#ended || this.#finishing) return;
    for (const chunk of chunks) {
      if (chunk.byteLength === 0) continue;
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.byteLength;
    }
    if (this.#queuedBytes > 0) this.#owner.wake(this);
  }
  ready(): Promise<void> {
    if (this.#ended || this.bufferedBytes < highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#ready.push(resolve));
  }
  finish(): void {
    if (this.#ended || this.#finishing) return;
    this.#finishing = true;
    this.#owner.wake(this);
  }
  reset(code: number): void {
    if (this.#ended) return;
    this.#abort(code);
    this.#end({ kind: "reset", code });
  }
  /** The transport is over. */
  end(closed: TransportClosed): void {
    this.#end({ kind: "transport", closed });
  }
  async step(): Promise<void> {
    if (!this.waiting) return;
    if (this.#queuedBytes === 0) return void this.#close(); // Tells `closed`; nobody waits for the peer to acknowledge it.
    const piece = this.#take();
    this.#writingBytes = piece.byteLength;
    try {
      await this.#writer.write(piece);
    } catch {
      return; // The writer's `closed` tells why.
    }
    if (this.#ended) return; // Nobody knows how much of the piece had left.
    this.#writingBytes = 0;
    this.#departedBytes += piece.byteLength;
    this.#owner.sent(piece.byteLength);
    this.departed?.(this.#departedBytes, false);
    if (this.bufferedBytes < highWaterBytes) this.#wakeWriters();
  }
  async #close(): Promise<void> {
    this.#closing = true;
    try {
      await this.#writer.close();
    } catch {
      return; // The writer's `closed` tells why.
    }
    if (this.#ended) return;
    this.departed?.(this.#departedBytes, true);
    this.#end({ kind: "finished" });
  }
  /** One piece from the queue: small buffers together, none empty. */
  #take(): Uint8Array {
    const [head] = this.#queue;
    const bytes = Math.min(pieceBytes, this.#queuedBytes);
    this.#queuedBytes -= bytes;
    if (head && head.byteLength - this.#headOffset >= bytes) return this.#cut(head, bytes);
    const piece = new Uint8Array(bytes);
    for (let at = 0; at < bytes; ) {
      const next = this.#queue[0] as Uint8Array;
      const part = this.#cut(next, Math.min(bytes - at, next.byteLength - this.#headOffset));
      piece.set(part, at);
      at += part.byteLength;
    }
    return piece;
  }
  #cut(head: Uint8Array, bytes: number): Uint8Array {
    const part = head.subarray(this.#headOffset, this.#headOffset + bytes);
    this.#headOffset += bytes;
    if (this.#headOffset === head.byteLength) {
      this.#queue.shift();
      this.#headOffset = 0;
    }
    return part;
  }
  async #failed(error: unknown): Promise<void> {
    if (this.#ended) return;
    const code = streamCodeOf(error);
    if (code === undefined) return this.end(await this.#owner.closed);
    this.#end({ kind: "stopped", code });
  }
  #abort(code: number): void {
    this.#writer.abort(streamError(code)).catch(() => {}); // It had ended already.
  }
  #end(closed: SendClosed): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [];
    this.#queuedBytes = this.#writingBytes = 0;
    this.#owner.left(this);
    this.#closed.resolve(closed);
    this.#wakeWriters();
  }
  #wakeWriters(): void {
    for (const resolve of this.#ready.splice(0)) resolve();
  }
}
