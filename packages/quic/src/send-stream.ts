import type { Engine } from "./engine.ts";
import type { QuicClosed, QuicSendClosed, QuicSendStream } from "./types.ts";
import { Op } from "./wire.ts";

/** `ready` waits while more than this is queued. */
const READY_BYTES = 64 << 10;

/** Where a stream belongs. */
export interface StreamOwner {
  readonly engine: Engine;
  readonly id: number;
  /** Bytes queued on all streams. */
  buffered: number;
  sendEnded(stream: number): void;
  receiveEnded(stream: number): void;
  /** Ended by us, and what lies here counts as taken. */
  receiveStopped(stream: number): void;
  consumed(stream: number, bytes: number, ended: boolean): void;
}

export class SendStream implements QuicSendStream {
  departed: ((bytes: number, finished: boolean) => void) | undefined;
  readonly #owner: StreamOwner;
  readonly #stream: number;
  #priority: number;
  #buffered = 0;
  #finished = false;
  #end: QuicSendClosed | undefined;
  #closed: PromiseWithResolvers<QuicSendClosed> | undefined;
  #ready: (() => void)[] = [];

  constructor(owner: StreamOwner, stream: number, priority: number) {
    this.#owner = owner;
    this.#stream = stream;
    this.#priority = priority;
  }

  get priority(): number {
    return this.#priority;
  }

  set priority(priority: number) {
    if (priority === this.#priority) return;
    if (!Number.isSafeInteger(priority)) throw new RangeError(`priority ${priority} is not a safe integer`);
    this.#priority = priority;
    if (this.#end === undefined) this.#owner.engine.op(Op.priority, this.#owner.id, this.#stream, priority);
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  get closed(): Promise<QuicSendClosed> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#end !== undefined) this.#closed.resolve(this.#end);
    }
    return this.#closed.promise;
  }

  write(...chunks: readonly Uint8Array[]): void {
    if (this.#finished || this.#end !== undefined) return;
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.byteLength;
    if (bytes === 0) return;
    this.#buffered += bytes;
    this.#owner.buffered += bytes;
    this.#owner.engine.write(this.#owner.id, this.#stream, chunks);
  }

  ready(): Promise<void> {
    if (this.#buffered < READY_BYTES || this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  finish(): void {
    if (this.#finished || this.#end !== undefined) return;
    this.#finished = true;
    this.#owner.engine.op(Op.finish, this.#owner.id, this.#stream);
  }

  reset(code: number): void {
    if (this.#end !== undefined) return;
    this.#owner.engine.op(Op.reset, this.#owner.id, this.#stream, code);
    this.end({ kind: "reset", code });
  }

  /** The stack took bytes. */
  took(bytes: number, finished: boolean): void {
    this.#buffered -= bytes;
    this.#owner.buffered -= bytes;
    if (this.#buffered < READY_BYTES && this.#ready.length > 0) this.#wake();
    this.departed?.(bytes, finished);
  }

  /** How it ended; the first word counts. */
  end(how: QuicSendClosed): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    this.#owner.buffered -= this.#buffered;
    this.#buffered = 0;
    this.#owner.sendEnded(this.#stream);
    this.#wake();
    this.#closed?.resolve(how);
  }

  sessionEnded(closed: QuicClosed): void {
    this.end({ kind: "session", closed });
  }

  #wake(): void {
    for (const ready of this.#ready.splice(0)) ready();
  }
}
